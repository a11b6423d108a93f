/** Results of benchmarks, as a table for people and as JSON for everything else. Pure. */
import { table } from '../../client/output/table.ts';
import type { Machine } from './machine.ts';
import type { Figure, Target } from './scenario.ts';
import { spreadOf, verdictOf, type Spread } from './statistics.ts';

export interface ScenarioReport {
  name: string;
  about: string;
  /** How long the whole scenario took. */
  seconds: number;
  figures: (Figure & Spread & { compared: number | null; met: boolean | null })[];
}

/** What `--json` writes. */
export interface BenchReport {
  /** ISO 8601. */
  at: string;
  machine: Machine;
  scenarios: ScenarioReport[];
}

export function scenarioReport(
  name: string,
  about: string,
  seconds: number,
  figures: readonly Figure[],
): ScenarioReport {
  return {
    name,
    about,
    seconds: rounded(seconds),
    figures: figures.map((figure) => {
      const verdict = verdictOf(figure);
      return { ...figure, ...spreadOf(figure.runs), compared: verdict?.compared ?? null, met: verdict?.met ?? null };
    }),
  };
}

/** The figures of a scenario as a table with a heading, ended by a newline. */
export function scenarioTable({ name, about, seconds, figures }: ScenarioReport): string {
  const rows = figures.map(({ name: what, unit, runs, median, min, max, floor, baseline, target, compared, met }) => [
    what,
    `${shown(median)} ${unit}`,
    runs.length > 1 ? `${shown(min)} – ${shown(max)}` : '',
    floor ? shown(spreadOf(floor).median) : '',
    baseline ? shown(spreadOf(baseline).median) : '',
    target ? targetText(target) : '',
    compared === null ? '' : `${shown(compared)} ${met === true ? '✓' : '✗'}`,
  ]);
  const head = ['WHAT', 'MEDIAN', 'FROM – TO', 'FLOOR', 'BASELINE', 'TARGET', 'IS'];
  return `\n${name}: ${about} (${Math.round(seconds)} s)\n\n${table(head, rows)}`;
}

export function targetText({ of, atMost, atLeast }: Target): string {
  const limit = [atMost === undefined ? '' : `≤ ${atMost}`, atLeast === undefined ? '' : `≥ ${atLeast}`]
    .join(' ')
    .trim();
  return { value: limit, above: `floor + ${limit}`, times: `${limit} × faster` }[of];
}

/** Three significant digits, whole numbers whole. */
export const shown = (value: number): string =>
  value.toLocaleString('en', Number.isInteger(value) ? {} : { maximumSignificantDigits: 3 });

const rounded = (value: number): number => Math.round(value * 1000) / 1000;
