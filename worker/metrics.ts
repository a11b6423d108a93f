/** What calls for somebody's attention, as Prometheus reads it. No label has a value for each network or node. */

/** What the reason of a condition or of a failure looks like. */
const REASON = /^[A-Z][A-Za-z0-9]{0,63}$/;

/** Most pairs of level and reason: there are some forty reasons, but clusters can make up their own. */
const SERIES_MAX = 200;

/** Stands for a line without a reason. */
const UNNAMED = 'Unnamed';

/** Stands for reasons beyond {@link SERIES_MAX}. */
const OTHER = 'Other';

/** Counts the lines of the log that call for attention. */
export class TroubleCount {
  readonly #counts = new Map<string, { level: string; reason: string; lines: number }>();

  /** @param fields of the line: its `reason`, or the name of its `error`, is counted */
  add(level: string, fields: unknown): void {
    const named = reasonOf(fields);
    const reason = this.#counts.size < SERIES_MAX || this.#counts.has(`${level} ${named}`) ? named : OTHER;
    const key = `${level} ${reason}`;
    const count = this.#counts.get(key) ?? { level, reason, lines: 0 };
    count.lines += 1;
    this.#counts.set(key, count);
  }

  list(): { level: string; reason: string; lines: number }[] {
    return [...this.#counts.values()];
  }
}

function reasonOf(fields: unknown): string {
  if (typeof fields !== 'object' || fields === null) return UNNAMED;
  const { reason, error } = fields as { reason?: unknown; error?: unknown };
  const named = reason ?? (error instanceof Error ? error.name : undefined);
  return typeof named === 'string' && REASON.test(named) ? named : UNNAMED;
}

/**
 * The text format of Prometheus.
 *
 * @param checks as of `problems`
 */
export function metricsText(
  checks: readonly [name: string, wrong: string | null][],
  troubles: readonly { level: string; reason: string; lines: number }[],
): string {
  const lines = [
    '# HELP btcnet_check_ok Whether a check of the worker holds (1) or not (0).',
    '# TYPE btcnet_check_ok gauge',
    ...checks.map(([name, wrong]) => `btcnet_check_ok{check="${name}"} ${wrong === null ? 1 : 0}`),
    '# HELP btcnet_log_lines_total Warnings and errors that the worker has logged, by reason.',
    '# TYPE btcnet_log_lines_total counter',
    ...troubles.map((one) => `btcnet_log_lines_total{level="${one.level}",reason="${one.reason}"} ${one.lines}`),
  ];
  return `${lines.join('\n')}\n`;
}
