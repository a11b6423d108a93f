import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chartPath, CHARTS } from './charts.ts';
import { exampleFleet, exampleLifecycle, examplePeering, examplePrice, exampleReport } from './example-reports.ts';
import { PageError } from './page-error.ts';
import { DOCS, pageFiles, pageOf, staleCharts } from './page.ts';
import { readReports, type Report, type Reports } from './reports.ts';
import { svgOf } from './svg.ts';

describe('the scaling page in docs', () => {
  let files: Map<string, string>;
  beforeAll(async () => {
    files = await pageFiles(DOCS);
  });

  test('and its charts are what the reports beside it give (npm run scaling)', () => {
    for (const [path, text] of files) expect(readFileSync(join(DOCS, path), 'utf8')).toBe(text);
  });

  test('has no chart of a report that is not there', () => {
    expect(staleCharts(DOCS, files)).toEqual([]);
    const charts = readdirSync(join(DOCS, 'images')).filter((file) => file.startsWith('scaling-'));
    expect(charts.map((file) => `images/${file}`).filter((path) => !files.has(path))).toEqual([]);
  });
});

describe('a page', () => {
  const reports: Reports = new Map([
    ['fleet', exampleFleet()],
    ['lifecycle', exampleLifecycle()],
    ['peering', examplePeering()],
    ['price', examplePrice()],
  ]);
  const template = readFileSync(join(DOCS, 'scaling', 'template.md'), 'utf8');
  const only = (...names: string[]): Reports => new Map([...reports].filter(([name]) => names.includes(name)));

  test('can be made of all reports, and of any one of them', async () => {
    expect(await pageOf(template, reports)).toContain('## How much for how many');
    for (const name of reports.keys()) {
      const page = await pageOf(template, only(name));
      expect(page).toContain(`[${name}](scaling/${name}.json)`);
      expect(page).not.toContain('{{');
    }
    expect(await pageOf(template, only())).not.toContain('## The nodes of a network');
  });

  test('shows figures with their unit, to three digits, and what they are compared with', async () => {
    const about = '200 nodes, 0 ms: against one by one';
    const lines = ['median', 'baseline', 'times'].map((aspect) => `{{figure peering :: ${about} :: ${aspect}}}`);
    expect(await pageOf(lines.join('\n\n'), reports)).toBe('0.32 s\n\n28 s\n\n87.5\n');
  });

  test('divides one number by another', async () => {
    const blank = '{{ratio peering :: 1000 nodes, 0 ms: requests in that time :: 1,000}}';
    expect(await pageOf(blank, reports)).toBe('2.4\n');
  });

  test('says what actions cost', async () => {
    const blank = '{{dollars price :: at rest, 3 nodes: a network, by rule, month}}';
    expect(await pageOf(blank, reports)).toBe('0.432 dollars\n');
  });

  test('says of each row of a table which target it has, and whether it is met', async () => {
    const page = await pageOf('{{table peering-time}}', reports);
    const row = page.split('\n').find((line) => line.startsWith('| 200 '));
    expect(row?.replaceAll(/ +/g, ' ')).toBe(
      '| 200 | 1,191 | 0.32 (≤ 0.5 ✓) | 0.4 | 480 **(≤ 400 ✗)** | 1,600 | 210 (≤ 600 ✓) |',
    );
    const targets = await pageOf('{{targets}}', only('lifecycle', 'price'));
    expect(targets).toMatch(
      /\| lifecycle: create 3: until all are peered +\| 3\.2 s +\| 3\.1 – 3\.3 +\| 2\.85 +\| floor \+ ≤ 0\.5 +\| 0\.35 +\| yes/,
    );
    expect(targets).toMatch(/\| lifecycle: scale 3 to 5: .*\| 0\.9 +\| \*\*no\*\*/);
  });

  test.each([
    ['figure peering :: 7 nodes, 0 ms: connections', 'peering.json has no figure "7 nodes, 0 ms: connections"'],
    ['figure peering :: 200 nodes, 0 ms: connections :: floor', '"200 nodes, 0 ms: connections" has no floor'],
    ['figure peering :: 200 nodes, 0 ms: connections :: flor', 'there is no aspect "flor"'],
    ['figure nothing :: 1', 'there is no report of the scenario nothing'],
    ['table nothing', 'there is no table "nothing"'],
    ['chart nothing', 'there is no chart "nothing"'],
    ['capacity 10,000 :: shares', 'a plan has no number "shares"'],
    ['limit nothing', 'there is no limit "nothing"'],
    ['nothing', 'there is no "nothing"'],
  ])('that asks for {{%s}} is refused with a message that names it', async (blank, message) => {
    const made = pageOf(`{{${blank}}}`, reports);
    await expect(made).rejects.toThrow(PageError);
    await expect(made).rejects.toThrow(message);
  });

  test('machine, versions, commit and date of each report are on it', async () => {
    const page = await pageOf('{{measured}}', only('price'));
    for (const word of ['2026-01-02', '`abc1234`', '2 × Example CPU, 8 GiB', 'kubernetes 1.37.0']) {
      expect(page).toContain(word);
    }
  });

  test.each(CHARTS)('has the same chart of the same $scenario, always', async ({ specOf }) => {
    const svg = await svgOf(specOf(reports));
    expect(await svgOf(specOf(reports))).toBe(svg);
    expect(svg).toMatch(/^<svg [^]*fill="white"[^]*<\/svg>\n$/);
    expect(svg).toContain('sans-serif');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('that is to have a chart of no figures is refused', () => {
    for (const { scenario, specOf } of CHARTS.filter((chart) => chart.scenario !== 'peering')) {
      const empty: ReadonlyMap<string, Report> = new Map([[scenario, exampleReport(scenario, [])]]);
      expect(() => specOf(empty)).toThrow(PageError);
    }
    expect(chartPath('peering')).toBe('images/scaling-peering.svg');
  });
});

describe('a folder of reports', () => {
  const folder = mkdtempSync(join(tmpdir(), 'btcnet-page-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const write = (file: string, scenarios: readonly unknown[]): void => {
    const { at, machine } = exampleFleet();
    writeFileSync(join(folder, file), JSON.stringify({ at, machine, scenarios }));
  };

  test('has one scenario in each file, of the same name', () => {
    const { scenario } = exampleFleet();
    write('fleet.json', [scenario]);
    writeFileSync(join(folder, 'template.md'), 'not a report');
    expect([...readReports(folder).keys()]).toEqual(['fleet']);
    write('price.json', [scenario]);
    expect(() => readReports(folder)).toThrow('price.json must be the report of the scenario price alone');
    write('price.json', [exampleReport('price', []).scenario, scenario]);
    expect(() => readReports(folder)).toThrow(PageError);
  });
});
