/** The reports that the scaling page is made of: one JSON file of `npm run bench` for each scenario. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Machine } from '../machine.ts';
import type { BenchReport, ScenarioReport } from '../report.ts';
import { spreadOf } from '../statistics.ts';
import { PageError } from './page-error.ts';

export type ReportedFigure = ScenarioReport['figures'][number];

export interface Report {
  /** ISO 8601. */
  at: string;
  machine: Machine;
  scenario: ScenarioReport;
}

/** By the name of the scenario, which is that of the file. */
export type Reports = ReadonlyMap<string, Report>;

/** @throws PageError for a file that is not the report of the one scenario whose name it has */
export function readReports(directory: string): Reports {
  const files = readdirSync(directory).filter((file) => file.endsWith('.json'));
  return new Map(
    files.toSorted().map((file) => {
      const name = basename(file, '.json');
      const { at, machine, scenarios } = JSON.parse(readFileSync(join(directory, file), 'utf8')) as BenchReport;
      const [scenario, ...others] = scenarios;
      if (scenario?.name !== name || others.length > 0) {
        throw new PageError(`${file} must be the report of the scenario ${name} alone`);
      }
      return [name, { at, machine, scenario }];
    }),
  );
}

/** @throws PageError when the scenario was not measured */
export function reportOf(reports: Reports, scenario: string): Report {
  const report = reports.get(scenario);
  if (report === undefined) throw new PageError(`there is no report of the scenario ${scenario}`);
  return report;
}

export const findFigure = (reports: Reports, scenario: string, name: string): ReportedFigure | undefined =>
  reports.get(scenario)?.scenario.figures.find((figure) => figure.name === name);

/** @throws PageError naming the figure */
export function figureOf(reports: Reports, scenario: string, name: string): ReportedFigure {
  reportOf(reports, scenario);
  const figure = findFigure(reports, scenario, name);
  if (figure === undefined) throw new PageError(`${scenario}.json has no figure "${name}"`);
  return figure;
}

/**
 * The numbers of nodes or of networks for which a scenario has a figure, in ascending order.
 *
 * @param pattern of the figure's name, with the number as its first group
 */
export function sizesOf(reports: Reports, scenario: string, pattern: RegExp): number[] {
  const matches = reportOf(reports, scenario).scenario.figures.map(({ name }) => pattern.exec(name)?.[1]);
  const numbers = matches.filter((one) => one !== undefined).map(Number);
  return [...new Set(numbers)].sort((one, other) => one - other);
}

/** What a figure itself is, or what it is compared with. */
export const ASPECTS = {
  median: ({ median }: ReportedFigure) => median,
  min: ({ min }: ReportedFigure) => min,
  max: ({ max }: ReportedFigure) => max,
  floor: ({ floor }: ReportedFigure) => (floor ? spreadOf(floor).median : undefined),
  baseline: ({ baseline }: ReportedFigure) => (baseline ? spreadOf(baseline).median : undefined),
  above: ({ floor, median }: ReportedFigure) => (floor ? median - spreadOf(floor).median : undefined),
  times: ({ baseline, median }: ReportedFigure) => (baseline ? spreadOf(baseline).median / median : undefined),
} as const satisfies Record<string, (figure: ReportedFigure) => number | undefined>;

export type Aspect = keyof typeof ASPECTS;

/** @throws PageError when the figure has no floor or no baseline */
export function aspectOf(figure: ReportedFigure, aspect: Aspect): number {
  const value = ASPECTS[aspect](figure);
  if (value === undefined) throw new PageError(`the figure "${figure.name}" has no ${aspect}`);
  return value;
}
