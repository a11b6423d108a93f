/** Whoever waits for something to be seen looks again whenever something else was seen. */
import { StackError } from '../../deploy/local/stack-error.ts';

export class Changes {
  readonly #waiting = new Set<() => void>();
  readonly #everyMs: number | undefined;

  /** @param everyMs milliseconds after which is looked again although nothing was told; left out: never */
  constructor({ everyMs }: { everyMs?: number } = {}) {
    this.#everyMs = everyMs;
  }

  /** Something was seen. */
  tell(): void {
    for (const go of [...this.#waiting]) go();
  }

  /**
   * Resolves with the first answer that is not null; asked at once, and whenever something was seen.
   *
   * @throws StackError when there was none within that many milliseconds
   */
  async until<T>(what: string, withinMs: number, answer: () => T | null): Promise<T> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const found = answer();
      if (found !== null) return found;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new StackError(`It was not seen within ${withinMs / 1000} s that ${what}.`);
      await new Promise<void>((resolve) => {
        const go = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(go);
          resolve();
        };
        const timer = setTimeout(go, Math.min(leftMs, this.#everyMs ?? leftMs));
        this.#waiting.add(go);
      });
    }
  }
}
