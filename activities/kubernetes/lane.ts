/** Work that comes in bursts, done a little at a time: at most one piece of each key waits. */
import { pause } from './follow.ts';

export interface LaneRequest<V> {
  /** Pieces at once. */
  most: number;
  /** Milliseconds after each piece before its place is free again. */
  restMs?: number;
  /** What becomes of a piece that waits when the next of its key comes. */
  merge: (earlier: V, later: V) => V;
  work: (key: string, value: V) => void | Promise<void>;
  onError: (error: unknown) => void;
}

export class Lane<V> {
  readonly #request: LaneRequest<V>;
  readonly #waiting = new Map<string, V>();
  readonly #stop = new AbortController();
  #busy = 0;

  constructor(request: LaneRequest<V>) {
    this.#request = request;
  }

  push(key: string, value: V): void {
    if (this.#stop.signal.aborted) return;
    const earlier = this.#waiting.get(key);
    this.#waiting.set(key, earlier === undefined ? value : this.#request.merge(earlier, value));
    if (this.#busy < this.#request.most) void this.#serve();
  }

  /** Drops everything that waits. */
  stop(): void {
    this.#waiting.clear();
    this.#stop.abort();
  }

  /** Never rejects. */
  async #serve(): Promise<void> {
    const { restMs = 0, work, onError } = this.#request;
    this.#busy += 1;
    for (let next = this.#take(); next !== null; next = this.#take()) {
      try {
        await work(...next);
      } catch (error) {
        onError(error);
      }
      if (restMs > 0) await pause(restMs, this.#stop.signal);
    }
    this.#busy -= 1;
  }

  #take(): [string, V] | null {
    for (const [key, value] of this.#waiting) {
      this.#waiting.delete(key);
      return [key, value];
    }
    return null;
  }
}
