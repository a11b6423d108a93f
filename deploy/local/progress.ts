/** How often a running step says that it is alive where the output is not a terminal, in ms. */
const PLAIN_INTERVAL = 30_000;
/** How often the lines of running steps are drawn again on a terminal, in ms. */
const DRAW_INTERVAL = 500;
/** A step that took less than this needs no time behind it, in ms. */
const NOT_WORTH_A_TIME = 1000;

export interface Step {
  /** Says what the step is doing just now. */
  note(text: string): void;
  done(text?: string): void;
  failed(): void;
}

interface RunningStep {
  title: string;
  expectedSeconds: number | undefined;
  startedAt: number;
  text: string;
}

/** 75_400 → `1m15s`. */
export function formatDuration(milliseconds: number): string {
  const tenths = Math.round(milliseconds / 100);
  if (tenths < 100) return `${(tenths / 10).toFixed(1)}s`;
  const whole = Math.round(milliseconds / 1000);
  if (whole < 60) return `${whole}s`;
  return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`;
}

/** Shows steps as they run, a line each with elapsed and expected time. Writes to stderr: stdout belongs to results. */
export class Progress {
  readonly #out: NodeJS.WriteStream;
  readonly #running = new Set<RunningStep>();
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(out: NodeJS.WriteStream = process.stderr) {
    this.#out = out;
  }

  /** @param expectedSeconds how long the step takes on 2 cores, where that is worth saying. */
  start(title: string, expectedSeconds?: number): Step {
    const step: RunningStep = { title, expectedSeconds, startedAt: Date.now(), text: '' };
    this.#running.add(step);
    if (!this.#out.isTTY && expectedSeconds !== undefined) this.#out.write(`${this.#describe(step)}\n`);
    this.#redraw();
    this.#timer ??= setInterval(
      () => {
        this.#tick();
      },
      this.#out.isTTY ? DRAW_INTERVAL : PLAIN_INTERVAL,
    ).unref();
    return {
      note: (text) => {
        step.text = text;
      },
      done: (text) => {
        this.#end(step, '✓', text);
      },
      failed: () => {
        this.#end(step, '✗', 'failed');
      },
    };
  }

  /** Runs `work` as a step. */
  async run<T>(title: string, work: (step: Step) => Promise<T>, expectedSeconds?: number): Promise<T> {
    const step = this.start(title, expectedSeconds);
    try {
      const result = await work(step);
      step.done();
      return result;
    } catch (error) {
      step.failed();
      throw error;
    }
  }

  /** A line of its own, above the running steps. */
  say(text: string): void {
    this.#clear();
    this.#out.write(`${text}\n`);
    this.#redraw();
  }

  #end(step: RunningStep, mark: string, text: string | undefined): void {
    if (!this.#running.delete(step)) return;
    const elapsed = Date.now() - step.startedAt;
    const parts = [text, elapsed < NOT_WORTH_A_TIME ? undefined : formatDuration(elapsed)].filter(Boolean);
    this.say(`${mark} ${step.title}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`);
    if (this.#running.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #describe(step: RunningStep): string {
    const elapsed = Date.now() - step.startedAt;
    const expected =
      step.expectedSeconds === undefined ? '' : ` of about ${formatDuration(step.expectedSeconds * 1000)}`;
    return `… ${step.title}: ${formatDuration(elapsed)}${expected}${step.text ? `, ${step.text}` : ''}`;
  }

  #tick(): void {
    if (this.#out.isTTY) {
      this.#clear();
      this.#redraw();
    } else {
      for (const step of this.#running) this.#out.write(`${this.#describe(step)}\n`);
    }
  }

  #clear(): void {
    if (!this.#out.isTTY || this.#drawn === 0) return;
    this.#out.moveCursor(0, -this.#drawn);
    this.#out.cursorTo(0);
    this.#out.clearScreenDown();
    this.#drawn = 0;
  }

  #redraw(): void {
    if (!this.#out.isTTY) return;
    this.#clear();
    const width = this.#out.columns || 80;
    for (const step of this.#running) this.#out.write(`${this.#describe(step).slice(0, width - 1)}\n`);
    this.#drawn = this.#running.size;
  }
}
