/** The campaign itself, in a process whose environment leads to a control plane of its own: see `main.ts`. */
import { appendFile, readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Campaign } from './campaign.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '1' },
    minutes: { type: 'string', default: 'Infinity' },
    file: { type: 'string' },
  },
});

const [first, rounds, minutes] = [Number(values.seed), Number(values.rounds), Number(values.minutes)];
const deadline = performance.now() + minutes * 60_000;
const done = await seedsIn(values.file);
const failed: number[] = [];
const note = (text: string): void => {
  console.error(`… ${text}`);
};
const campaign = await Campaign.open(note);
try {
  for (let seed = first; seed < first + rounds && performance.now() < deadline; seed += 1) {
    if (done.has(seed)) continue;
    const outcome = await campaign.run(seed, note);
    if (values.file !== undefined) await appendFile(values.file, `${JSON.stringify(outcome)}\n`);
    const { seconds, flaws, nodes, steps } = outcome;
    if (seconds === null || flaws.length > 0) {
      failed.push(seed);
      console.log(`✗ seed ${String(seed)}\n${[...steps, ...flaws].map((line) => `    ${line}`).join('\n')}`);
    } else console.log(`✓ seed ${String(seed)}: ${String(nodes)} nodes, well after ${seconds.toFixed(1)} s`);
  }
} finally {
  await campaign.close();
}
if (failed.length > 0) {
  console.log(`Not converged: ${failed.join(', ')}. Again: npm run faults -- --seed ${String(failed[0])}`);
  process.exitCode = 1;
}

async function seedsIn(file: string | undefined): Promise<Set<number>> {
  if (file === undefined) return new Set();
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  return new Set(lines.map((line) => (JSON.parse(line) as { seed: number }).seed));
}
