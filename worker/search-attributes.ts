/** Finds out, at the start and now and then, whether the Temporal namespace has the search attributes of networks. */
import type { NativeConnection } from '@temporalio/worker';
import type { Logger } from 'pino';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts';

/** `IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API. */
const KEYWORD = 2;

/** Milliseconds between two looks: who registers them while workers run waits no longer than this. */
const LOOK_AGAIN_MS = 60_000;

/** Asks the server; both are there, as Keywords, or they are not used. */
export async function hasSearchAttributes(
  connection: Pick<NativeConnection, 'operatorService'>,
  namespace: string,
): Promise<boolean> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return SEARCH_ATTRIBUTES.every(({ name }) => Number(customAttributes[name]) === KEYWORD);
}

/** Knows whether they are there, from `start` until `stop`. A server that does not tell has none, or what it had before. */
export class SearchAttributes {
  readonly #ask: () => Promise<boolean>;
  readonly #log: Pick<Logger, 'info' | 'warn'>;
  #found = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(ask: () => Promise<boolean>, log: Pick<Logger, 'info' | 'warn'>) {
    this.#ask = ask;
    this.#log = log;
  }

  get found(): boolean {
    return this.#found;
  }

  async start(): Promise<void> {
    await this.look();
    this.#log.info({ found: this.#found }, 'Search attributes looked for');
    this.#timer = setInterval(() => void this.look(), LOOK_AGAIN_MS);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  async look(): Promise<void> {
    try {
      this.#found = await this.#ask();
    } catch (error) {
      this.#log.warn({ error }, 'The Temporal server does not say which search attributes it has');
    }
  }
}
