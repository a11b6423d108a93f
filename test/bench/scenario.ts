/** What a benchmark is, and what it brings: figures, each beside its floor or its baseline from the same run. */

/** `full`: what the figures of the documentation are; `smoke`: small enough for `npm test`, which asserts counts, never times. */
export type Size = 'full' | 'smoke';

export interface BenchContext {
  size: Size;
  /** Says what is being done just now. */
  note: (text: string) => void;
}

/** How a figure is to be judged; `of` tells what is compared with the limit. */
export interface Target {
  /** `value`: the figure itself; `above`: what it exceeds its floor by; `times`: how often it goes into its baseline. */
  of: 'value' | 'above' | 'times';
  atMost?: number;
  atLeast?: number;
}

/** One quantity, measured once or several times. */
export interface Figure {
  /** What was measured, for people and as the key of the figure. */
  name: string;
  /** `s`, `requests`, `edges`, `MB`, `events/day`, … */
  unit: string;
  runs: readonly number[];
  /** What Kubernetes itself takes for the same, in the same unit. */
  floor?: readonly number[];
  /** What the way to be compared with takes for the same, in the same unit. */
  baseline?: readonly number[];
  target?: Target;
}

export interface Scenario {
  name: string;
  /** One line: what is measured, on what. */
  about: string;
  run: (context: BenchContext) => Promise<Figure[]>;
}
