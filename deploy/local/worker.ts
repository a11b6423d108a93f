import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE } from './addresses.ts';
import { BTCD_IMAGE } from './cluster/images.ts';
import { contentOf } from './daemons/daemon.ts';
import { TEMPORAL_CLI_FLAGS } from './daemons/temporal.ts';
import { waitUntil } from './health.ts';
import { CHECKOUT, paths } from './locations.ts';
import { type Programs, programPath } from './parts/install.ts';
import { isAlive } from './processes/identity.ts';
import { fingerprint, launch, logTail } from './processes/launch.ts';
import { livingRecord, type ProcessRecord } from './processes/records.ts';
import { stopRecorded } from './processes/stop.ts';
import { STACK_MARK } from './processes/strays.ts';
import type { Progress } from './progress.ts';
import { runCommand, tryCommand } from './run-command.ts';
import { StackError } from './stack-error.ts';
import { ensureWorkflowBundle } from './workflow-bundle.ts';

export const WORKER = 'worker';
/** The worker's own default. */
const DEFAULT_TASK_QUEUE = 'bitcoin-networks';
/** Folders whose changes call for a new worker. */
const SOURCES = ['workflows', 'activities', 'worker'];
/** A worker starts within a second on an idle machine. In ms. */
const POLLING_TIMEOUT = 60_000;
/** Settings of the stack itself, which mean nothing to the worker. */
const NOT_FOR_THE_WORKER = new Set(['BTCNET_CACHE', 'BTCNET_STATE', STACK_MARK]);

/**
 * How much room the worker's heap may take, in MB; the same as in `deploy/Dockerfile`. By default V8 takes what the machine has, and cleans up late: a
 * process that does nothing but peer 5,000 nodes had 464 MB at most, and 296 MB with these, for a fifth more processor time.
 */
export const WORKER_NODE_OPTIONS = '--max-old-space-size=512 --max-semi-space-size=16';

/**
 * Parts of glibc's heap, which Temporal's core uses beside V8's; the same as in the image. By default there are eight for each processor, and what is freed in
 * one serves no other: the worker of 300 networks had 479 MB at most, and 432 MB with two, and took no longer.
 */
export const WORKER_MALLOC_ARENAS = '2';

/** What the worker is started with: the caller's environment, led to the local stack and nowhere else. */
export function workerEnvironment(caller: NodeJS.ProcessEnv, kubeconfig: string): NodeJS.ProcessEnv {
  const kept = Object.entries(caller).filter(
    ([name]) => !NOT_FOR_THE_WORKER.has(name) && !name.startsWith('TEMPORAL_'),
  );
  return {
    BTCNET_DEFAULT_IMPLEMENTATION: 'btcd',
    BTCNET_DEFAULT_IMAGE: BTCD_IMAGE,
    ...Object.fromEntries(kept),
    TEMPORAL_ADDRESS,
    TEMPORAL_NAMESPACE,
    // The user's own profile may hold keys and certificates for another server.
    TEMPORAL_CONFIG_FILE: paths.config('temporal.toml'),
    KUBECONFIG: kubeconfig,
    // Of two values of an option the last one counts.
    NODE_OPTIONS: [WORKER_NODE_OPTIONS, caller['NODE_OPTIONS'] ?? ''].join(' ').trim(),
    MALLOC_ARENA_MAX: caller['MALLOC_ARENA_MAX'] ?? WORKER_MALLOC_ARENAS,
  };
}

/** What makes two workers the same: their checkout, their settings and their rights. */
function signatureOf(environment: NodeJS.ProcessEnv, kubeconfig: string): string {
  const settings = Object.entries(environment)
    .filter(([name]) => name.startsWith('BTCNET_'))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return fingerprint(CHECKOUT, process.execPath, settings, contentOf(kubeconfig));
}

/** When the newest source file was changed, in ms since 1970. */
function newestSource(): number {
  const times = SOURCES.map((folder) => join(CHECKOUT, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => statSync(file).mtimeMs);
  return Math.max(0, ...times);
}

interface TaskQueueDescription {
  pollers?: { identity?: string }[];
}

/** Whether Temporal has seen this process poll: an SDK's identity begins with the process id, unless it is told another one. */
async function isPolling(temporal: string, taskQueue: string, pid: number): Promise<boolean> {
  const args = ['task-queue', 'describe', ...TEMPORAL_CLI_FLAGS, '--namespace', TEMPORAL_NAMESPACE];
  const { code, stdout } = await tryCommand(temporal, [...args, '--task-queue', taskQueue, '-o', 'json'], {
    timeout: 5000,
  });
  if (code !== 0) return false;
  try {
    const { pollers = [] } = JSON.parse(stdout) as TaskQueueDescription;
    return pollers.some(({ identity }) => new RegExp(`(^|\\D)${pid}(\\D|$)`).test(identity ?? ''));
  } catch {
    return false;
  }
}

/** One worker of this checkout, with these settings and this code, polling. @returns undefined where there is no code. */
export async function ensureWorker(
  programs: Programs,
  kubeconfig: string,
  progress: Progress,
): Promise<ProcessRecord | undefined> {
  const main = join(CHECKOUT, 'worker', 'main.ts');
  if (!existsSync(main)) {
    progress.say('! worker/main.ts is not in this checkout: no worker is started');
    return undefined;
  }
  // Set to nothing it makes the worker build its own.
  const { BTCNET_WORKFLOW_BUNDLE = await ensureWorkflowBundle(progress) } = process.env;
  const environment = workerEnvironment({ ...process.env, BTCNET_WORKFLOW_BUNDLE }, kubeconfig);
  const signature = signatureOf(environment, kubeconfig);
  const running = livingRecord(WORKER);
  if (running?.signature === signature && Date.parse(running.startedAt) > newestSource()) return running;
  return progress.run(running ? 'worker, anew' : 'worker', async () => {
    await stopRecorded(WORKER);
    mkdirSync(dirname(paths.config('temporal.toml')), { recursive: true });
    writeFileSync(paths.config('temporal.toml'), '[profile.default]\n');
    const record = await launch({
      name: WORKER,
      version: await checkoutVersion(),
      program: process.execPath,
      args: ['--disable-warning=ExperimentalWarning', main],
      cwd: CHECKOUT,
      environment,
      signature,
    });
    const taskQueue = environment['BTCNET_TASK_QUEUE'] ?? DEFAULT_TASK_QUEUE;
    const temporal = programPath(programs, 'temporal');
    const polls = await waitUntil(
      () => isPolling(temporal, taskQueue, record.pid),
      POLLING_TIMEOUT,
      () => !isAlive(record),
    );
    if (!polls) {
      const what = isAlive(record) ? `does not poll the task queue ${taskQueue}` : 'ended';
      throw new StackError(`The worker ${what}. Its last words:\n${logTail(record.log)}`);
    }
    return record;
  });
}

/** The commit that the worker runs, as far as it is known. */
async function checkoutVersion(): Promise<string> {
  return (await runCommand('git', ['-C', CHECKOUT, 'describe', '--always', '--dirty']).catch(() => 'unknown')).trim();
}
