/** Workflows that run against networks that exist: those that miss one are started, and those whose network has gone unseen are told. */
import { keyOf } from './node-memory.ts';
import type { WatchMemory } from './watch-memory.ts';

/** A network, as a resource or as what a workflow follows. */
export interface Named {
  namespace: string;
  name: string;
}

export interface RollCallRequest {
  memory: Pick<WatchMemory, 'liveNetworks' | 'knows' | 'isNew'>;
  /** Networks that workflows follow, as Temporal lists them: what happened within the last seconds may be missing. */
  running: () => Promise<readonly Named[]>;
  /** Whether networks of this namespace are watched, so that one that was not seen is not there. */
  covers: (namespace: string) => boolean;
  start: (network: Named) => void;
  tellGone: (network: Named) => void;
  onError: (error: unknown) => void;
}

export class RollCall {
  readonly #request: RollCallRequest;
  #calling: Promise<void> | null = null;

  constructor(request: RollCallRequest) {
    this.#request = request;
  }

  /** One at a time: whoever asks during a call gets that one. Never rejects. */
  call(): Promise<void> {
    this.#calling ??= this.#call().finally(() => {
      this.#calling = null;
    });
    return this.#calling;
  }

  async #call(): Promise<void> {
    const { memory, covers, start, tellGone } = this.#request;
    const running = await this.#running();
    const followed = new Set(running?.map(({ namespace, name }) => keyOf(namespace, name)));
    for (const { namespace, name } of memory.liveNetworks()) {
      // A new one is started by its wake.
      if (!followed.has(keyOf(namespace, name)) && !memory.isNew(namespace, name)) start({ namespace, name });
    }
    for (const network of running ?? []) {
      if (covers(network.namespace) && !memory.knows(network.namespace, network.name)) tellGone(network);
    }
  }

  /** null: nobody knows; then every workflow is started that does not run. */
  async #running(): Promise<readonly Named[] | null> {
    try {
      return await this.#request.running();
    } catch (error) {
      this.#request.onError(error);
      return null;
    }
  }
}
