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

/** Registers those that are missing. Temporal Cloud and servers that check rights refuse it. */
export async function registerSearchAttributes(
  connection: Pick<NativeConnection, 'operatorService'>,
  namespace: string,
): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = SEARCH_ATTRIBUTES.filter(({ name }) => customAttributes[name] === undefined);
  const searchAttributes = Object.fromEntries(missing.map(({ name }) => [name, KEYWORD]));
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
}

/** Knows whether they are there, from `start` until `stop`. A server that does not tell has none, or what it had before. */
export class SearchAttributes {
  readonly #ask: () => Promise<boolean>;
  readonly #register: () => Promise<void>;
  readonly #log: Pick<Logger, 'info' | 'warn'>;
  #found = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(
    { ask, register }: { ask: () => Promise<boolean>; register: () => Promise<void> },
    log: Pick<Logger, 'info' | 'warn'>,
  ) {
    this.#ask = ask;
    this.#register = register;
    this.#log = log;
  }

  get found(): boolean {
    return this.#found;
  }

  async start(): Promise<void> {
    await this.look();
    if (!this.#found) await this.#tryToRegister();
    this.#log.info({ found: this.#found }, 'Search attributes looked for');
    this.#timer = setInterval(() => void this.look(), LOOK_AGAIN_MS);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** What is registered now counts from the next look on: a server needs some seconds until all of it knows. */
  async #tryToRegister(): Promise<void> {
    try {
      await this.#register();
    } catch (error) {
      this.#log.info({ error }, 'Search attributes are not registered; everything else works without them');
    }
  }

  async look(): Promise<void> {
    try {
      this.#found = await this.#ask();
    } catch (error) {
      this.#log.warn({ error }, 'The Temporal server does not say which search attributes it has');
    }
  }
}
