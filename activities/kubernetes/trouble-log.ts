/** Faults that come back every few seconds, logged now and then. */
import { failureOf } from './errors.ts';
import type { Logger } from './logger.ts';

/** Milliseconds between two log lines about one and the same trouble. */
const TROUBLE_LOG_MS = 30_000;

export class TroubleLog {
  readonly #log: Logger;
  readonly #lastAt = new Map<string, number>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @param about what it happened to: a kind of objects, or a part of the program */
  note(message: string, about: string, error: unknown): void {
    const failure = failureOf(error);
    const key = `${about} ${failure.reason}`;
    const now = Date.now();
    if (now - (this.#lastAt.get(key) ?? 0) < TROUBLE_LOG_MS) return;
    this.#lastAt.set(key, now);
    this.#log.warn(failure.reason === 'CrdMissing' ? 'BitcoinNetwork resource is not installed' : message, {
      kind: about,
      reason: failure.reason,
      message: failure.message,
    });
  }
}
