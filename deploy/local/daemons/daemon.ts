import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { waitUntil } from '../health.ts';
import type { Progress } from '../progress.ts';
import { type Endpoint, findListeners } from '../processes/listeners.ts';
import { fingerprint, launch, logTail } from '../processes/launch.ts';
import { isAlive } from '../processes/identity.ts';
import { livingRecord } from '../processes/records.ts';
import { stopRecorded } from '../processes/stop.ts';
import { StackError } from '../stack-error.ts';
import { withDirectCluster } from './proxies.ts';

/** A program of the stack that keeps running. */
export interface Daemon {
  name: string;
  version: string;
  /** The path of the program. */
  program: string;
  args: readonly string[];
  environment?: Readonly<Record<string, string>>;
  /** Configuration files that are written before it starts: path → text. */
  files?: Readonly<Record<string, string>>;
  /** Where it listens. */
  endpoints: readonly Endpoint[];
  /** Whether it serves, really. */
  isReady: () => Promise<boolean>;
  /** What must be done before it starts, and not while it runs. */
  beforeStart?: () => Promise<void>;
}

/** The slowest one seen took 6 s; a machine under load may take ten times that. In ms. */
const READY_TIMEOUT = 90_000;
/** One that runs, but does not answer: it gets this long before it is started anew, in ms. */
const REVIVE_TIMEOUT = 5000;

export function signatureOf(daemon: Daemon): string {
  return fingerprint(daemon.version, daemon.program, daemon.args, daemon.environment, daemon.files);
}

function writeFiles(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    if (contentOf(path) === text) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

/**
 * Names the processes that hold ports which these daemons need.
 * @param allowed ids of processes that may hold them.
 */
export function refuseTakenPorts(
  daemons: readonly Pick<Daemon, 'name' | 'endpoints'>[],
  allowed: ReadonlySet<number> = new Set(),
): void {
  const needs = daemons.flatMap(({ name, endpoints }) => endpoints.map(({ port }) => [port, name] as const));
  const names = new Map(needs);
  const taken = findListeners(daemons.flatMap(({ endpoints }) => endpoints)).filter(
    ({ pid }) => pid === undefined || !allowed.has(pid),
  );
  if (taken.length === 0) return;
  const lines = taken.map(({ port, pid, command }) => {
    const owner = pid === undefined ? 'a process that cannot be seen from here' : `process ${pid} (${command})`;
    return `Port ${port}, which ${names.get(port) ?? 'the stack'} needs, is taken by ${owner}.`;
  });
  throw new StackError(
    `${[...new Set(lines)].join('\n')}\nStop that, or use another cluster: set KUBECONFIG and TEMPORAL_ADDRESS to any cluster ` +
      `and Temporal server (kind, minikube, a cloud); nothing of the local stack is needed there.`,
  );
}

/** The process of a daemon that runs as it is wanted now. */
function runningAsWanted(daemon: Daemon): boolean {
  return livingRecord(daemon.name)?.signature === signatureOf(daemon);
}

/** Brings a daemon to the state "running with these settings and ready". @returns whether it had to be started. */
export async function ensureRunning(daemon: Daemon, progress: Progress): Promise<boolean> {
  if (runningAsWanted(daemon) && (await waitUntil(daemon.isReady, REVIVE_TIMEOUT, () => !runningAsWanted(daemon)))) {
    // Some are read while it runs: whoever has changed one and was killed before he put it back is forgiven.
    if (daemon.files) writeFiles(daemon.files);
    return false;
  }
  await progress.run(`${daemon.name} ${daemon.version}`, () => start(daemon));
  return true;
}

async function start(daemon: Daemon): Promise<void> {
  await stopRecorded(daemon.name);
  refuseTakenPorts([daemon]);
  await daemon.beforeStart?.();
  if (daemon.files) writeFiles(daemon.files);
  const record = await launch({
    ...daemon,
    environment: { ...withDirectCluster(process.env), ...daemon.environment },
    signature: signatureOf(daemon),
  });
  const ready = await waitUntil(daemon.isReady, READY_TIMEOUT, () => !isAlive(record));
  if (!ready) {
    const what = isAlive(record) ? `was not ready after ${READY_TIMEOUT / 1000} s` : 'ended before it was ready';
    throw new StackError(
      `${daemon.name} ${what}. Its last words:\n${logTail(record.log)}\nTry again; if it fails like this every time, its data may be ` +
        `damaged: npm run down -- --purge removes them, and the networks with them.`,
    );
  }
}

/** The text of a file that a daemon's settings depend on, to be part of its signature. */
export function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
