/** How far a long action is, on stderr: one line that is rewritten on a terminal, otherwise a line per change. */
import type { Io } from '../io.ts';

/** Erases the terminal's line and returns to its start (ECMA-48: CR, EL). */
const ERASE_LINE = '\r\u001b[2K';

/** Width that is assumed of a terminal that does not tell. */
const DEFAULT_COLUMNS = 80;

export class Progress {
  readonly #io: Io;
  #last = '';
  #open = false;

  constructor(io: Io) {
    this.#io = io;
  }

  /** Shows a line, unless it is the one that is shown. */
  update(line: string): void {
    const clean = line.replaceAll(/\p{Cc}+/gu, ' ');
    if (clean === this.#last) return;
    this.#last = clean;
    if (!this.#io.terminal) {
      this.#io.err(`${clean}\n`);
      return;
    }
    const width = (this.#io.columns ?? DEFAULT_COLUMNS) - 1;
    this.#io.err(ERASE_LINE + (clean.length > width ? `${clean.slice(0, width - 1)}…` : clean));
    this.#open = true;
  }

  /** Leaves the terminal as it was before. */
  end(): void {
    if (this.#open) this.#io.err(ERASE_LINE);
    this.#open = false;
  }
}
