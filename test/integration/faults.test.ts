/** The fault campaign, a few seeds of it. `npm run faults` runs as many as one likes. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Outcome } from '../faults/campaign.ts';

const MAIN = join(import.meta.dirname, '../faults/main.ts');
const SEEDS = [2, 3];

let folder: string;
let outcomes: Map<number, Outcome>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'btcnet-faults-'));
  const file = join(folder, 'outcomes');
  const args = ['--seed', String(SEEDS[0]), '--rounds', String(SEEDS.length), '--file', file];
  // What came of each seed is in the file, also when one did not converge.
  await promisify(execFile)(process.execPath, [MAIN, ...args]).catch(() => undefined);
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  outcomes = new Map(lines.map((line) => JSON.parse(line) as Outcome).map((outcome) => [outcome.seed, outcome]));
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(SEEDS)('the network of seed %i is as declared after all that it suffered', (seed) => {
  expect(outcomes.get(seed)).toMatchObject({ seed, flaws: [], seconds: expect.any(Number) });
});
