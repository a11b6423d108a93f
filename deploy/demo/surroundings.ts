/** Where the demonstration takes place: on the local stack, or on the cluster and server that the caller names. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TEMPORAL_UI_URL } from '../local/addresses.ts';
import { CHECKOUT, paths } from '../local/locations.ts';
import { runCommand } from '../local/run-command.ts';
import { StackError } from '../local/stack-error.ts';
import { up } from '../local/up.ts';
import { GROUP, PLURAL } from '../../workflows/names.ts';

export interface Surroundings {
  kubeconfig: string | undefined;
  context: string | undefined;
  kubectl: string;
  temporalAddress: string;
  /** Lines that make a shell use the same. */
  shellSetup: string;
  ui: string;
  /** What says how all of it is stopped again. */
  farewell: () => string;
  workerPid: () => number;
  startWorker: () => Promise<void>;
}

export async function localStack(): Promise<Surroundings> {
  let status = await up({ worker: true });
  process.env['KUBECONFIG'] = status.kubeconfig;
  process.env['TEMPORAL_ADDRESS'] = status.temporalAddress;
  process.env['TEMPORAL_NAMESPACE'] = status.temporalNamespace;
  return {
    kubeconfig: status.kubeconfig,
    context: undefined,
    kubectl: join(paths.bin(), 'kubectl'),
    temporalAddress: status.temporalAddress,
    shellSetup: 'eval "$(npm run -s env)"',
    ui: TEMPORAL_UI_URL,
    farewell: () => 'npm run down            # stops everything; the data stay (npm run down -- --purge removes them)',
    workerPid: () => {
      if (status.worker === null) throw new StackError('The local stack runs no worker. Run: npm run up');
      return status.worker.pid;
    },
    startWorker: async () => {
      status = await up({ worker: true });
    },
  };
}

/** The manifests that every cluster needs, in this order. */
const MANIFESTS = ['crd.yaml', 'rbac.yaml'];

/** @param environment the caller's: `KUBECONFIG` and `TEMPORAL_ADDRESS` must be set */
export async function currentCluster(environment: NodeJS.ProcessEnv): Promise<Surroundings> {
  const { KUBECONFIG: kubeconfig, TEMPORAL_ADDRESS: temporalAddress } = environment;
  if (!kubeconfig || !temporalAddress) {
    throw new StackError(
      '--use-current-cluster needs KUBECONFIG (a file) and TEMPORAL_ADDRESS (host:port) to be set, so that it never runs by accident in somebody’s cluster.',
    );
  }
  const kubectl = 'kubectl';
  const context = (await runCommand(kubectl, ['config', 'current-context'])).trim();
  console.log(`Context    ${context} (of ${kubeconfig})\nTemporal   ${temporalAddress}\n`);
  for (const file of MANIFESTS) await runCommand(kubectl, ['apply', '-f', join(CHECKOUT, 'deploy', file)]);
  await runCommand(kubectl, ['wait', '--for=condition=Established', '--timeout=60s', `crd/${CRD_NAME}`]);
  let worker = await startDetachedWorker(environment);
  return {
    kubeconfig,
    context,
    kubectl,
    temporalAddress,
    shellSetup: `export KUBECONFIG=${kubeconfig} TEMPORAL_ADDRESS=${temporalAddress}; alias btcnet="npx btcnet"`,
    ui: 'the Web UI of that Temporal server',
    farewell: () =>
      `kill ${worker.pid}              # stops the worker; "kubectl delete bitcoinnetwork demo" removes the network`,
    workerPid: () => worker.pid,
    startWorker: async () => {
      worker = await startDetachedWorker(environment);
    },
  };
}

const CRD_NAME = `${PLURAL}.${GROUP}`;

/** Milliseconds that a worker may take to build its bundle and connect. */
const WORKER_WITHIN_MS = 60_000;

/** A worker that goes on after the demonstration has ended, with its log in a file. */
async function startDetachedWorker(environment: NodeJS.ProcessEnv): Promise<{ pid: number }> {
  const log = join(mkdtempSync(join(tmpdir(), 'btcnet-worker-')), 'worker.log');
  const file = openSync(log, 'w');
  const child: ChildProcess = spawn(process.execPath, [join(CHECKOUT, 'worker', 'main.ts')], {
    env: environment,
    detached: true,
    stdio: ['ignore', file, file],
  });
  child.unref();
  const ended = once(child, 'exit').then(() => true);
  const deadline = Date.now() + WORKER_WITHIN_MS;
  while (!readFileSync(log, 'utf8').includes('Worker ready')) {
    const over = await Promise.race([ended, sleep(200, false)]);
    if (over || Date.now() > deadline || child.pid === undefined) {
      throw new StackError(`The worker did not start. Its log:\n${readFileSync(log, 'utf8')}`);
    }
  }
  console.log(`Worker     pid ${child.pid ?? 0}, log ${log}`);
  return { pid: child.pid ?? 0 };
}
