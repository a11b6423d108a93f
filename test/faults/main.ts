/**
 * `npm run faults`: schedules of faults, each from its seed, on a control plane of its own; every network must be as declared in the end.
 *
 *     npm run faults -- [--seed N] [--rounds N] [--minutes N] [--file FILE]
 *
 * With a file, what came of each seed is added to it as a line of JSON, and seeds that it has are not run again: so a campaign that was
 * interrupted goes on. Exit code 0: every network converged; 1: one did not, and its seed is printed.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { FAKE_CLUSTER_ENVIRONMENT } from '../bench/fake-cluster/environment.ts';

// Ports and folders are read from the environment when modules are loaded: so not in this process.
const campaign = spawn(
  process.execPath,
  ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'run-campaign.ts'), ...process.argv.slice(2)],
  { stdio: 'inherit', env: { ...process.env, ...FAKE_CLUSTER_ENVIRONMENT } },
);
campaign.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
