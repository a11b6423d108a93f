/** The tables of the scaling page, as Markdown. Pure. */
import { shown, targetText } from '../report.ts';
import { PEERING_FIGURES, PEERING_SIZES } from '../peering/figures.ts';
import {
  ASPECTS,
  aspectOf,
  figureOf,
  findFigure,
  reportOf,
  sizesOf,
  type ReportedFigure,
  type Reports,
} from './reports.ts';

type Row = readonly string[];

const NOTHING = 'Nothing has been measured yet.';

/** A name that a template can use, and the table that it stands for. */
export const TABLES: Readonly<Record<string, (reports: Reports) => string>> = {
  'peering-time': (reports) =>
    bySize(reports, [
      ['connections', (nodes) => figureOf(reports, 'peering', PEERING_FIGURES.edges(nodes, 0)), value],
      ['seconds', (nodes) => figureOf(reports, 'peering', PEERING_FIGURES.seconds(nodes, 0)), judged],
      ['… after 20 ms', (nodes) => findFigure(reports, 'peering', PEERING_FIGURES.seconds(nodes, 20)), judged],
      ['requests', (nodes) => figureOf(reports, 'peering', PEERING_FIGURES.requests(nodes, 0)), judged],
      ['RPC calls', (nodes) => figureOf(reports, 'peering', PEERING_FIGURES.calls(nodes, 0)), value],
      ['worker, MB', (nodes) => figureOf(reports, 'peering', PEERING_FIGURES.memory(nodes, 0)), judged],
    ]),
  'peering-one-by-one': (reports) => {
    const against = (nodes: number): ReportedFigure | undefined =>
      findFigure(reports, 'peering', PEERING_FIGURES.oneByOneSeconds(nodes, 0));
    return bySize(
      reports,
      [
        ['seconds, btcnet', against, value],
        ['seconds, one by one', against, (figure) => shown(aspectOf(figure, 'baseline'))],
        ['times faster', against, (figure) => `${shown(aspectOf(figure, 'times'))}${verdict(figure)}`],
        ['requests, btcnet', (nodes) => findFigure(reports, 'peering', PEERING_FIGURES.requests(nodes, 0)), value],
        [
          'requests, one by one',
          (nodes) => findFigure(reports, 'peering', PEERING_FIGURES.oneByOneRequests(nodes, 0)),
          value,
        ],
      ],
      (nodes) => against(nodes) !== undefined,
    );
  },
  'peering-changes': (reports) => {
    const column = (head: string, name: keyof typeof PEERING_FIGURES): Column => [
      head,
      (nodes) => figureOf(reports, 'peering', PEERING_FIGURES[name](nodes, 0)),
      judged,
    ];
    return bySize(reports, [
      column('1 % replaced: edges moved, %', 'replacedEdges'),
      column('requests', 'replacedRequests'),
      column('10 % more: edges moved, %', 'moreEdges'),
      column('requests', 'moreRequests'),
      column('10 % fewer: edges moved, %', 'fewerEdges'),
      column('requests', 'fewerRequests'),
    ]);
  },
  fleet: byNetworks,
};

/** Head, figure, and what of it is shown; where the figure may be missing, so is the cell. */
type Column = readonly [string, (nodes: number) => ReportedFigure | undefined, (figure: ReportedFigure) => string];

function bySize(reports: Reports, columns: readonly Column[], has: (nodes: number) => boolean = () => true): string {
  const rows = sizesOf(reports, 'peering', PEERING_SIZES(0))
    .filter(has)
    .map((nodes) => [
      nodes.toLocaleString('en'),
      ...columns.map(([, of, show]) => {
        const figure = of(nodes);
        return figure === undefined ? '' : show(figure);
      }),
    ]);
  return markdownTable(['nodes', ...columns.map(([head]) => head)], rows);
}

/** Every figure of a scenario, with what it is judged by. */
export function figureTable(reports: Reports, scenario: string): string {
  const { figures } = reportOf(reports, scenario).scenario;
  return tableOf(figures);
}

/** The figures of all scenarios that have a target. */
export function targetTable(reports: Reports): string {
  const figures = [...reports].flatMap(([scenario, report]) =>
    report.scenario.figures
      .filter(({ target }) => target !== undefined)
      .map((figure) => ({ ...figure, name: `${scenario}: ${figure.name}` })),
  );
  return figures.length === 0 ? NOTHING : tableOf(figures);
}

/** Columns that no row needs are left out. */
function tableOf(figures: readonly ReportedFigure[]): string {
  const head = ['what', 'median', 'from – to', 'floor', 'baseline', 'target', 'is', 'met'];
  const rows = figures.map((figure) => [
    figure.name,
    `${shown(figure.median)} ${figure.unit}`,
    figure.runs.length > 1 ? `${shown(figure.min)} – ${shown(figure.max)}` : '',
    optional(ASPECTS.floor(figure)),
    optional(ASPECTS.baseline(figure)),
    figure.target ? targetText(figure.target) : '',
    optional(figure.compared ?? undefined),
    figure.met === null ? '' : figure.met ? 'yes' : '**no**',
  ]);
  const isUsed = (column: number): boolean => rows.some((row) => row[column] !== '');
  const pick = (row: Row): Row => row.filter((_cell, column) => column < 2 || isUsed(column));
  return markdownTable(pick(head), rows.map(pick));
}

/** Figures whose names begin with a number of networks: a row for each quantity, a column for each number. */
function byNetworks(reports: Reports): string {
  const rows = new Map<string, Map<number, string>>();
  const counts = new Set<number>();
  for (const figure of reportOf(reports, 'fleet').scenario.figures) {
    const [, count = '', name = ''] = /^(\d+) networks: (.*)$/.exec(figure.name) ?? ['', '', figure.name];
    // For how long is in the report, and differs from one number of networks to the next.
    const what = `${name.replace(/^at rest for \d+ s/, 'at rest')}, ${figure.unit}`;
    const cells = rows.get(what) ?? new Map<number, string>();
    rows.set(what, cells.set(Number(count), judged(figure)));
    counts.add(Number(count));
  }
  const columns = [...counts].sort((one, other) => one - other);
  const lines = [...rows].map(([what, cells]) => [what, ...columns.map((count) => cells.get(count) ?? '')]);
  return markdownTable(['networks', ...columns.map((count) => shown(count))], lines);
}

/** On what each report was made. */
export function measuredTable(reports: Reports): string {
  if (reports.size === 0) return NOTHING;
  const rows = [...reports].map(([name, { at, machine, scenario }]) => [
    `[${name}](scaling/${name}.json)`,
    at.slice(0, 10),
    `\`${machine.commit}\``,
    `${machine.cores} × ${machine.processor}, ${machine.memoryGiB} GiB, Linux ${machine.kernel}`,
    Object.entries(machine.versions)
      .map(([program, version]) => `${program} ${version}`)
      .join(', '),
    `${shown(Math.max(1, Math.round(scenario.seconds / 60)))} min`,
  ]);
  return markdownTable(['report', 'date', 'commit', 'machine', 'versions', 'took'], rows);
}

const value = ({ median }: ReportedFigure): string => shown(median);

/** The median, the floor that it stands on, and what it is judged by. */
function judged(figure: ReportedFigure): string {
  const floor = ASPECTS.floor(figure);
  return `${shown(figure.median)}${floor === undefined ? '' : `, floor ${shown(floor)}`}${verdict(figure)}`;
}

/** The limit and whether it is kept, where there is one. */
function verdict({ target, met }: ReportedFigure): string {
  if (target === undefined) return '';
  const limit = target.atMost === undefined ? `≥ ${shown(target.atLeast ?? 0)}` : `≤ ${shown(target.atMost)}`;
  const about = target.of === 'above' ? `floor + ${limit}` : limit;
  return met === true ? ` (${about} ✓)` : ` **(${about} ✗)**`;
}

const optional = (number: number | undefined): string => (number === undefined ? '' : shown(number));

export function markdownTable(head: Row, rows: readonly Row[]): string {
  const line = (cells: Row): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
