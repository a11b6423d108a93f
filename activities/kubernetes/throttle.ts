/** At once, and then no more than every so often: per key, with the last word kept. */

/** Timers, so that tests need no real time. */
export interface Timers {
  /** Milliseconds; any origin. */
  now: () => number;
  /** Calls back once after so many milliseconds; returns what cancels it. */
  after: (ms: number, callback: () => void) => () => void;
}

export const realTimers: Timers = {
  now: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};

interface Slot<V> {
  /** When this key may fire again. */
  freeAt: number;
  waiting: { value: V; cancel: () => void } | null;
}

export class Throttle<V> {
  readonly #slots = new Map<string, Slot<V>>();
  readonly #intervalMs: number;
  readonly #fire: (key: string, value: V) => void;
  readonly #merge: (earlier: V, later: V) => V;
  readonly #timers: Timers;

  /**
   * @param intervalMs least time between two calls of `fire` for one key
   * @param merge what becomes of a value that is still waiting when the next one comes
   */
  constructor(given: {
    intervalMs: number;
    fire: (key: string, value: V) => void;
    merge: (earlier: V, later: V) => V;
    timers?: Timers;
  }) {
    this.#intervalMs = given.intervalMs;
    this.#fire = given.fire;
    this.#merge = given.merge;
    this.#timers = given.timers ?? realTimers;
  }

  push(key: string, value: V): void {
    const now = this.#timers.now();
    const slot = this.#slots.get(key);
    if (slot === undefined || (slot.waiting === null && slot.freeAt <= now)) {
      this.#release(key, value, now);
    } else if (slot.waiting !== null) {
      slot.waiting.value = this.#merge(slot.waiting.value, value);
    } else {
      slot.waiting = {
        value,
        cancel: this.#timers.after(slot.freeAt - now, () => {
          this.#releaseWaiting(key);
        }),
      };
    }
  }

  /** Drops everything that waits. */
  stop(): void {
    for (const { waiting } of this.#slots.values()) waiting?.cancel();
    this.#slots.clear();
  }

  #releaseWaiting(key: string): void {
    const waiting = this.#slots.get(key)?.waiting;
    if (waiting) this.#release(key, waiting.value, this.#timers.now());
  }

  #release(key: string, value: V, now: number): void {
    this.#forgetFree(now);
    this.#slots.delete(key);
    this.#slots.set(key, { freeAt: now + this.#intervalMs, waiting: null });
    this.#fire(key, value);
  }

  /** The slots stand in the order of their last call, so the free ones come first. */
  #forgetFree(now: number): void {
    for (const [key, slot] of this.#slots) {
      if (slot.freeAt > now || slot.waiting !== null) break;
      this.#slots.delete(key);
    }
  }
}
