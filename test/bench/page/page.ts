/** The scaling page and its charts, from the template and the reports. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { CHECKOUT } from '../../../deploy/local/locations.ts';
import { shown } from '../report.ts';
import { assumptionTable, bottleneckTable, planTable } from './capacity-tables.ts';
import { planFor, type Plan } from './capacity.ts';
import { chartPath, CHARTS } from './charts.ts';
import { costsOf } from './costs.ts';
import { LIMITS } from './limits.ts';
import { PageError } from './page-error.ts';
import { ASPECTS, aspectOf, figureOf, readReports, type Aspect, type Reports } from './reports.ts';
import { svgOf } from './svg.ts';
import { figureTable, measuredTable, TABLES, targetTable } from './tables.ts';
import { fillTemplate } from './template.ts';

export const DOCS = join(CHECKOUT, 'docs');
/** In `docs/`: reports and template, and the page that is made of them. */
export const REPORTS_FOLDER = 'scaling';
const TEMPLATE = 'scaling/template.md';
const PAGE = 'scaling.md';

/**
 * What is to stand in `docs/`, by its path there.
 *
 * @throws PageError naming the figures that the template asks for and that there are not
 */
export async function pageFiles(docs: string): Promise<Map<string, string>> {
  const reports = readReports(join(docs, REPORTS_FOLDER));
  const template = readFileSync(join(docs, TEMPLATE), 'utf8');
  const files = new Map([[PAGE, await pageOf(template, reports)]]);
  for (const { scenario, specOf } of CHARTS) {
    if (reports.has(scenario)) files.set(chartPath(scenario), await svgOf(specOf(reports)));
  }
  return files;
}

/** Charts that there are, although there is no report of them any more; paths in `docs/`. */
export const staleCharts = (docs: string, files: ReadonlyMap<string, string>): string[] =>
  CHARTS.map(({ scenario }) => chartPath(scenario)).filter((path) => !files.has(path) && existsSync(join(docs, path)));

export async function pageOf(template: string, reports: Reports): Promise<string> {
  const text = fillTemplate(template, {
    resolve: (expression) => resolve(expression, reports),
    has: (name) => reports.has(name),
  });
  const style = await resolveConfig(join(DOCS, PAGE));
  return format(text, { ...style, parser: 'markdown' });
}

type Blank = (reports: Reports, args: readonly string[]) => string;

/** What a blank begins with; what follows is divided by ` :: `. */
const BLANKS: Readonly<Record<string, Blank>> = {
  /** `figure SCENARIO :: NAME [:: ASPECT]`: the number with its unit, or with the aspect's. */
  figure: (reports, [scenario = '', name = '', aspect = 'median']) => {
    const figure = figureOf(reports, scenario, name);
    if (!isAspect(aspect))
      throw new PageError(`there is no aspect "${aspect}", only ${Object.keys(ASPECTS).join(', ')}`);
    const number = shown(aspectOf(figure, aspect));
    return aspect === 'times' ? number : `${number} ${figure.unit}`;
  },
  /** `ratio SCENARIO :: NAME :: NUMBER`: the figure divided by the number. */
  ratio: (reports, [scenario = '', name = '', divisor = '']) =>
    shown(figureOf(reports, scenario, name).median / numberOf(divisor)),
  /** `dollars SCENARIO :: NAME`: what that many actions cost. */
  dollars: (reports, [scenario = '', name = '']) =>
    `${shown((figureOf(reports, scenario, name).median / 1e6) * LIMITS.dollarsPerMillion.value)} dollars`,
  /** `table NAME` */
  table: (reports, [name = '']) => tableNamed(name)(reports),
  /** `figures SCENARIO`: all of them. */
  figures: (reports, [scenario = '']) => figureTable(reports, scenario),
  /** Those of all scenarios that have one. */
  targets: (reports) => targetTable(reports),
  measured: (reports) => measuredTable(reports),
  /** `chart SCENARIO` */
  chart: (_reports, [scenario = '']) => {
    const chart = CHARTS.find((one) => one.scenario === scenario);
    if (chart === undefined) throw new PageError(`there is no chart "${scenario}"`);
    return `![${chart.alt}](${chartPath(scenario)})`;
  },
  plan: (reports) => planTable(costsOf(reports)),
  bottlenecks: (reports) => bottleneckTable(costsOf(reports)),
  assumptions: () => assumptionTable(),
  /** `capacity NETWORKS :: NEED`: one number of the plan for so many networks. */
  capacity: (reports, [networks = '', need = '']) => {
    const plan = planFor(numberOf(networks), costsOf(reports));
    const number = plan[need as keyof Plan];
    if (typeof number !== 'number') throw new PageError(`a plan has no number "${need}"`);
    return shown(number);
  },
  /** `bottleneck NETWORKS`: what is full first. */
  bottleneck: (reports, [networks = '']) => planFor(numberOf(networks), costsOf(reports)).shares[0]?.what ?? '',
  /** `limit NAME`: one of those that the arithmetic takes for granted. */
  limit: (_reports, [name = '']) => {
    if (!Object.hasOwn(LIMITS, name)) throw new PageError(`there is no limit "${name}"`);
    return shown(LIMITS[name as keyof typeof LIMITS].value);
  },
};

function resolve(expression: string, reports: Reports): string {
  const [, word = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(expression) ?? [];
  const blank = BLANKS[word];
  if (blank === undefined) throw new PageError(`there is no "${word}", only ${Object.keys(BLANKS).join(', ')}`);
  return blank(reports, rest === '' ? [] : rest.split('::').map((part) => part.trim()));
}

function tableNamed(name: string): (reports: Reports) => string {
  const table = TABLES[name];
  if (table === undefined) throw new PageError(`there is no table "${name}", only ${Object.keys(TABLES).join(', ')}`);
  return table;
}

function numberOf(text: string): number {
  const number = Number(text.replaceAll(',', ''));
  if (!(number > 0)) throw new PageError(`"${text}" is no number`);
  return number;
}

const isAspect = (word: string): word is Aspect => Object.hasOwn(ASPECTS, word);
