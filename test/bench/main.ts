/**
 * `npm run bench`: measures, prints a table, and with `--json FILE` writes every single run.
 *
 *     npm run bench -- [--scenario NAME]… [--size smoke] [--json FILE] [--list]
 *
 * Exit code 0: everything was measured, whether or not the targets are met; the table says which are.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Progress } from '../../deploy/local/progress.ts';
import { StackError } from '../../deploy/local/stack-error.ts';
import { thisMachine } from './machine.ts';
import { type BenchReport, scenarioReport, scenarioTable } from './report.ts';
import type { Scenario, Size } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';

const SIZES = ['full', 'smoke'] as const satisfies readonly Size[];

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', multiple: true },
    size: { type: 'string', default: 'full' },
    json: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});

if (values.list) {
  for (const { name, about } of SCENARIOS) console.log(`${name.padEnd(12)} ${about}`);
} else {
  await measure(chosen(values.scenario), sizeOf(values.size), values.json);
}

async function measure(scenarios: readonly Scenario[], size: Size, file: string | undefined): Promise<void> {
  const progress = new Progress();
  const report: BenchReport = { at: new Date().toISOString(), machine: await thisMachine(), scenarios: [] };
  for (const { name, about, run } of scenarios) {
    const startedAt = performance.now();
    const figures = await run({
      size,
      note: (text) => {
        progress.say(`… ${name}: ${text}`);
      },
    });
    const result = scenarioReport(name, about, (performance.now() - startedAt) / 1000, figures);
    report.scenarios.push(result);
    console.log(scenarioTable(result));
    // After each, so that a later one's failure costs only itself.
    if (file !== undefined) await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  }
}

function chosen(names: readonly string[] | undefined): readonly Scenario[] {
  if (names === undefined) return SCENARIOS;
  return names.map((name) => {
    const found = SCENARIOS.find((scenario) => scenario.name === name);
    if (found) return found;
    throw new StackError(`There is no scenario "${name}". There are: ${SCENARIOS.map((one) => one.name).join(', ')}.`);
  });
}

function sizeOf(text: string): Size {
  const found = SIZES.find((size) => size === text);
  if (found) return found;
  throw new StackError(`--size must be one of ${SIZES.join(', ')}, not "${text}".`);
}
