/** The world outside of the command line, handed in so that tests can stand in for it. */
import { readFileSync } from 'node:fs';

export interface Io {
  /** Data, and nothing else. */
  out(text: string): void;
  /** Progress, notes and errors. */
  err(text: string): void;
  /** stderr is a terminal. */
  terminal: boolean;
  /** Its width. */
  columns: number | undefined;
  /** The text of a file; of standard input for `-`. */
  read(path: string): string;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Show where errors come from. */
  debug: boolean;
}

export const processIo = (): Io => ({
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  terminal: process.stderr.isTTY,
  columns: process.stderr.isTTY ? process.stderr.columns : undefined,
  read: (path) => readFileSync(path === '-' ? 0 : path, 'utf8'),
  now: () => Date.now(),
  debug: (process.env['BTCNET_DEBUG'] ?? '') !== '',
});
