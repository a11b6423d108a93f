/**
 * Runs the tests, kind by kind: those of pure code side by side, those that share a server or the local stack one after the
 * other. Ends with one line that counts all of them, and with exit code 0 only if every one ran and passed.
 *
 *     node test/run.ts [--coverage] [unit] [temporal] [integration] [-- arguments for jest]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Kinds of tests in the order in which they run, the quick ones first, and how many files run at once. */
const KINDS = { unit: 2, temporal: 1, integration: 1 } as const;
type Kind = keyof typeof KINDS;

/** Milliseconds for one test that does not say otherwise: only what hangs may fail by it, not what runs on a busy machine. */
const TEST_TIMEOUT_MS = 60_000;

interface Counts {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numFailedTestSuites: number;
}

const JEST = join(import.meta.dirname, '..', 'node_modules', 'jest', 'bin', 'jest.js');

const given = process.argv.slice(2);
const split = given.indexOf('--');
const words = split < 0 ? given : given.slice(0, split);
const forJest = split < 0 ? [] : given.slice(split + 1);
const asked = (Object.keys(KINDS) as Kind[]).filter((kind) => words.includes(kind));
const kinds = asked.length > 0 ? asked : (Object.keys(KINDS) as Kind[]);
const coverage = words.includes('--coverage') ? ['--coverage'] : [];

const results = mkdtempSync(join(tmpdir(), 'btcnet-tests-'));
let failed = false;
const sum = { passed: 0, failed: 0, skipped: 0 };
for (const kind of kinds) {
  console.log(`\n── ${kind} tests ──`);
  const counts = await run(kind);
  sum.passed += counts?.numPassedTests ?? 0;
  sum.failed += counts?.numFailedTests ?? 0;
  sum.skipped += counts?.numPendingTests ?? 0;
  if (counts === null || counts.numFailedTests + counts.numFailedTestSuites > 0) {
    failed = true;
    // Whoever waits for the slow ones learns of the quick ones' failure first.
    break;
  }
}
rmSync(results, { recursive: true, force: true });
console.log(`\ntests: ${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`);
process.exitCode = failed || sum.passed === 0 ? 1 : 0;

/** null: jest did not get as far as counting, or ended with an error although every test passed. */
async function run(kind: Kind): Promise<Counts | null> {
  const file = join(results, `${kind}.json`);
  const args = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    JEST,
    '--selectProjects',
    kind,
    `--maxWorkers=${KINDS[kind]}`,
    '--json',
    `--outputFile=${file}`,
    `--testTimeout=${TEST_TIMEOUT_MS}`,
    ...coverage,
    ...forJest,
  ];
  const jest = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(jest, 'exit')) as [number | null];
  try {
    const counts = JSON.parse(readFileSync(file, 'utf8')) as Counts;
    return code === 0 || counts.numFailedTests + counts.numFailedTestSuites > 0 ? counts : null;
  } catch {
    return null;
  }
}
