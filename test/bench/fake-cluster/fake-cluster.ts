/**
 * A control plane beside the local stack, for scale: a real API server with its etcd, controllers and scheduler, a real Temporal
 * server and a worker; only the pods have no containers. Nothing of it is kept.
 *
 * Ports and folders come from the environment ({@link FAKE_CLUSTER_ENVIRONMENT}), so it is used in a process of its own.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { API_SERVER_URL } from '../../../deploy/local/addresses.ts';
import { adminKubeconfig, ensureCredentials } from '../../../deploy/local/cluster/credentials.ts';
import { type Kubectl, kubectlFor } from '../../../deploy/local/cluster/kubectl.ts';
import { applyManifests } from '../../../deploy/local/cluster/manifests.ts';
import { ensureWorkerKubeconfig } from '../../../deploy/local/cluster/service-account.ts';
import { apiServer, controllerManager, scheduler } from '../../../deploy/local/daemons/control-plane.ts';
import { type Daemon, ensureRunning } from '../../../deploy/local/daemons/daemon.ts';
import { etcd } from '../../../deploy/local/daemons/etcd.ts';
import { ensureSearchAttributes, temporal } from '../../../deploy/local/daemons/temporal.ts';
import { paths, stateDirectory } from '../../../deploy/local/locations.ts';
import { ensurePrograms, type Programs } from '../../../deploy/local/parts/install.ts';
import { livingRecord } from '../../../deploy/local/processes/records.ts';
import { stopProcesses, stopRecorded } from '../../../deploy/local/processes/stop.ts';
import { findStackProcesses } from '../../../deploy/local/processes/strays.ts';
import { Progress } from '../../../deploy/local/progress.ts';
import { settleAll } from '../../../deploy/local/settle.ts';
import { StackError } from '../../../deploy/local/stack-error.ts';
import { ensureWorker, WORKER } from '../../../deploy/local/worker.ts';
import { FAKE_CLUSTER_ENVIRONMENT } from './environment.ts';
import { FAKE_NODE, FAKE_NODE_MANIFEST, kwok } from './kwok.ts';

const PROGRAMS = [
  ...['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubeadm', 'kubectl'],
  ...['temporal', 'kwok'],
];

/** Seconds for the fake node to register. */
const NODE_TIMEOUT = 60;

/** Loopback addresses are refused in EndpointSlices: these controllers would try for ever. */
const CONTROLLERS = '*,-endpointslice-controller,-endpoints-controller,-endpointslice-mirroring-controller';

export interface FakeCluster {
  kubectl: Kubectl;
  /** A kubeconfig of the administrator. */
  kubeconfig: string;
  /** Process id of a part: `etcd`, `kube-apiserver`, `temporal`, `worker`, … */
  pidOf: (part: string) => number;
  /** Kills the worker and starts another; returns when that one polls. */
  restartWorker: () => Promise<void>;
  /** Kills a part, and starts it again after so many milliseconds; returns when it serves. */
  restart: (part: RestartablePart, afterMs: number) => Promise<void>;
  stop: () => Promise<void>;
}

/** Parts whose data are on the disk: killed and started again they go on where they were. */
export type RestartablePart = 'etcd' | 'kube-apiserver' | 'temporal';

/** Starts everything afresh: whatever an earlier run left behind is ended and removed. */
export async function startFakeCluster(note: (text: string) => void): Promise<FakeCluster> {
  for (const [name, value] of Object.entries(FAKE_CLUSTER_ENVIRONMENT)) {
    if (process.env[name] !== value)
      throw new StackError(`${name} must be ${value} in the process that uses the fake cluster.`);
  }
  const progress = new Progress();
  const programs = await ensurePrograms(PROGRAMS, progress);
  await stopFakeCluster();
  await mkdir(paths.records(), { recursive: true });
  note('starting a control plane for pods without containers');
  const kubectl = await startControlPlane(programs, progress);
  const kubeconfig = await ensureWorkerKubeconfig(programs, kubectl);
  if (kubeconfig === undefined) throw new StackError('deploy/rbac.yaml declares no account for the worker.');
  Object.assign(process.env, { BTCNET_DEFAULT_IMPLEMENTATION: 'bitcoin-core', BTCNET_RPC_TRANSPORT: 'direct' });
  await ensureWorker(programs, kubeconfig, progress);
  return {
    kubectl,
    kubeconfig: adminKubeconfig(),
    pidOf: (part) => {
      const record = livingRecord(part);
      if (record === undefined) throw new StackError(`${part} does not run. Its log: ${paths.log(part)}`);
      return record.pid;
    },
    restartWorker: async () => {
      await stopRecorded(WORKER, 0);
      await ensureWorker(programs, kubeconfig, progress);
    },
    restart: async (part, afterMs) => {
      await stopRecorded(part, 0);
      await sleep(afterMs);
      await ensureRunning(restartable(programs)[part], progress);
    },
    stop: stopFakeCluster,
  };
}

const restartable = (programs: Programs): Record<RestartablePart, Daemon> => ({
  etcd: etcd(programs),
  'kube-apiserver': withoutAudit(apiServer(programs)),
  temporal: temporal(programs),
});

async function startControlPlane(programs: Programs, progress: Progress): Promise<Kubectl> {
  const start = (daemon: Daemon): Promise<boolean> => ensureRunning(daemon, progress);
  const kubernetes = async (): Promise<Kubectl> => {
    await ensureCredentials(programs);
    await callOverLoopback();
    const { etcd, 'kube-apiserver': apiServer } = restartable(programs);
    await start(etcd);
    await start(apiServer);
    const kubectl = kubectlFor(programs);
    const manager = controllerManager(programs);
    await settleAll([
      start({ ...manager, args: [...manager.args, `--controllers=${CONTROLLERS}`] }),
      start(scheduler(programs)),
      applyManifests(kubectl, progress),
    ]);
    await start(kwok(programs));
    await kubectl.run(['create', '-f', '-'], { input: JSON.stringify(FAKE_NODE_MANIFEST) });
    await kubectl.run(['wait', '--for=condition=Ready', `node/${FAKE_NODE}`, `--timeout=${NODE_TIMEOUT}s`]);
    return kubectl;
  };
  const [kubectl] = await Promise.all([
    kubernetes(),
    start(temporal(programs)).then(() => ensureSearchAttributes(programs)),
  ]);
  return kubectl;
}

/** There is no bridge here, at whose address the stack's own parts call the API server. */
async function callOverLoopback(): Promise<void> {
  for (const user of ['controller-manager', 'scheduler']) {
    const file = paths.kubeconfig(user);
    await writeFile(file, (await readFile(file, 'utf8')).replace(/^( *server: ).*$/m, `$1${API_SERVER_URL}`));
  }
}

/** Without a bridge there is no address that could be published, and a log of requests would be measured too. */
const withoutAudit = (daemon: Daemon): Daemon => ({
  ...daemon,
  args: [...daemon.args.filter((argument) => !argument.startsWith('--audit-')), '--endpoint-reconciler-type=none'],
});

/** Ends it, from any state, and removes all that it kept. */
export async function stopFakeCluster(): Promise<void> {
  await stopProcesses(findStackProcesses(), 3_000);
  await rm(stateDirectory(), { recursive: true, force: true });
}
