/** The time that a stub of Bitcoin Core lives by. */
export interface CoreClock {
  /** Calls back once, in so many milliseconds; the result calls it off. */
  after(ms: number, run: () => void): () => void;
}

export const REAL_CLOCK: CoreClock = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};

/** A clock that stands still until a test moves it. */
export class StubClock implements CoreClock {
  /** Milliseconds since the test began. */
  now = 0;
  readonly #timers = new Set<{ at: number; run: () => void }>();

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.now + ms, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Lets time pass, and what is due in it happen in order. */
  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).toSorted((one, other) => one.at - other.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.now = next.at;
      next.run();
    }
    this.now = end;
  }
}
