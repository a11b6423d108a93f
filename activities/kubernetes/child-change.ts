/** Noticing that something of a network may be different: what is followed shows it, or one question to the API server, now and then. */
import { statefulSetName } from '../../workflows/names.ts';
import type { NetworkRef } from '../../workflows/observation.ts';
import { pause } from './follow.ts';
import { get, STATEFUL_SETS } from './objects.ts';
import type { Writer } from './writer.ts';

/**
 * Milliseconds between two questions where this process does not follow the cluster: for each started hundred nodes, and at most. The
 * worker that does wakes the network anyway.
 */
const ASK_MS = 2_000;
const ASK_MAX_MS = 20_000;

export class ChildChange {
  readonly #writer: Pick<Writer, 'cluster' | 'view'>;
  readonly #ref: NetworkRef;
  readonly #endListening: () => void;
  #noted = false;
  #wake: () => void = () => undefined;
  /** Version of the StatefulSet, which counts its ready pods; null: not known yet. */
  #version: string | null = null;

  constructor(writer: Pick<Writer, 'cluster' | 'view'>, ref: NetworkRef) {
    this.#writer = writer;
    this.#ref = ref;
    this.#endListening = writer.view.listen(ref.namespace, ref.name, () => {
      this.#noted = true;
      this.#wake();
    });
  }

  end(): void {
    this.#endListening();
  }

  /** Resolves when something may have changed since the last time, after `withinMs` at the latest, and when the signal comes. */
  async next({ nodes, withinMs, signal }: { nodes: number; withinMs: number; signal: AbortSignal }): Promise<void> {
    const until = performance.now() + withinMs;
    const askMs = Math.min(ASK_MAX_MS, ASK_MS * Math.max(1, Math.ceil(nodes / 100)));
    for (let different = false; !different && !this.#isOver(until, signal);) {
      const isShown = this.#writer.view.isLive(this.#ref.namespace);
      await this.#sleep(isShown ? withinMs : askMs, signal);
      different = !isShown && !this.#isOver(until, signal) && (await this.#isDifferent(signal));
    }
    this.#noted = false;
  }

  #isOver(until: number, signal: AbortSignal): boolean {
    return this.#noted || signal.aborted || performance.now() >= until;
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    this.#wake = () => {
      stop.abort();
    };
    await pause(ms, AbortSignal.any([signal, stop.signal]));
    this.#wake = () => undefined;
  }

  /** One object instead of all the pods: its status changes with them. */
  async #isDifferent(signal: AbortSignal): Promise<boolean> {
    const { namespace, name } = this.#ref;
    try {
      const set = await get(this.#writer.cluster, STATEFUL_SETS, namespace, statefulSetName(name), { signal });
      const before = this.#version;
      this.#version = set?.metadata.resourceVersion ?? '';
      return before !== this.#version;
    } catch {
      return false;
    }
  }
}
