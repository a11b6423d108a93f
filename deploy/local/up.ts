import { mkdir } from 'node:fs/promises';
import { NODE_NAME } from './addresses.ts';
import { ensureCredentials } from './cluster/credentials.ts';
import { ensureArchives, importImages } from './cluster/images.ts';
import { type Kubectl, kubectlFor } from './cluster/kubectl.ts';
import { applyManifests, grantStackRights } from './cluster/manifests.ts';
import { ensureWorkerKubeconfig } from './cluster/service-account.ts';
import { type Daemon, ensureRunning } from './daemons/daemon.ts';
import { ensureSearchAttributes } from './daemons/temporal.ts';
import { writeCommands } from './environment.ts';
import { ensureBridge, refuseTakenSubnet } from './host/bridge.ts';
import { allowPodTraffic } from './host/firewall.ts';
import { prepareKernelSettings } from './host/kernel-settings.ts';
import { checkPrerequisites } from './host/prerequisites.ts';
import { acquireLock } from './lock.ts';
import { paths, stateDirectory } from './locations.ts';
import { ensureParts, type Programs } from './parts/install.ts';
import { refuseForeignDirectory, refuseForeignListeners, refuseOtherStack } from './one-stack.ts';
import { stopRecorded, stopUnrecorded } from './processes/stop.ts';
import { Progress } from './progress.ts';
import { settleAll } from './settle.ts';
import { type Stack, stackOf } from './stack.ts';
import { type StackStatus, stackStatus } from './status.ts';
import { ensureWorker, WORKER } from './worker.ts';

/** A new node registers within a second or two; one that comes back after a crash may first have to clean up. In seconds. */
const NODE_TIMEOUT = 90;
/** The one lock of this machine under which stacks are started and stopped: ports and the bridge are the machine's. */
export const STACK_LOCK = 'stack';

export interface UpOptions {
  /** Whether a worker of this checkout is to run. */
  worker: boolean;
  progress?: Progress;
}

/** Brings the local stack to the state "everything runs and is ready", from any state. */
export async function up({ worker, progress = new Progress() }: UpOptions): Promise<StackStatus> {
  checkPrerequisites();
  const programs = await ensureParts(progress);
  const lock = await acquireLock(STACK_LOCK, (holder) => {
    progress.say(`  Process ${holder} is starting or stopping the stack, waiting for it`);
  });
  try {
    refuseOtherStack();
    await ensureArchives(programs, progress);
    refuseForeignDirectory();
    await mkdir(stateDirectory(), { recursive: true, mode: 0o711 });
    await mkdir(paths.records(), { recursive: true });
    await stopUnrecorded();
    const stack = stackOf(programs);
    refuseForeignListeners(stack);
    await refuseTakenSubnet();
    await startStack(stack, programs, progress);
    const kubectl = kubectlFor(programs);
    await applyManifests(kubectl, progress);
    const kubeconfig = await ensureWorkerKubeconfig(programs, kubectl);
    if (!worker) await stopRecorded(WORKER);
    else if (kubeconfig) await ensureWorker(programs, kubeconfig, progress);
    writeCommands(programs);
    return stackStatus();
  } finally {
    lock.release();
  }
}

async function startStack(stack: Stack, programs: Programs, progress: Progress): Promise<void> {
  await mkdir(paths.run(), { recursive: true });
  await prepareKernelSettings();
  // Pods that hung on a bridge which is gone have no network any more: containerd's start makes them anew.
  if (await ensureBridge()) await stopRecorded(stack.containerd.name);
  await allowPodTraffic();
  const kubectl = (): Kubectl => kubectlFor(programs);
  const start = (daemon: Daemon): Promise<boolean> => ensureRunning(daemon, progress);

  const controlPlane = async (): Promise<void> => {
    await ensureCredentials(programs);
    await start(stack.etcd);
    await start(stack.apiServer);
    const granted = grantStackRights(kubectl());
    await settleAll([start(stack.controllerManager), start(stack.scheduler), granted.then(() => start(stack.coredns))]);
  };
  const runtime = async (): Promise<void> => {
    await start(stack.containerd);
    await importImages(programs, progress);
  };
  const kubernetes = async (): Promise<void> => {
    await settleAll([controlPlane(), runtime()]);
    await start(stack.kubelet);
    await waitForNode(kubectl());
    // It ends itself when the node gets its address only after it has started.
    await start(stack.kubeProxy);
  };
  const temporal = async (): Promise<void> => {
    await start(stack.temporal);
    await ensureSearchAttributes(programs);
  };
  await settleAll([kubernetes(), temporal()]);
}

async function waitForNode(kubectl: Kubectl): Promise<void> {
  // `wait` fails at once while there is no such node, unless it is told to wait for that first.
  await kubectl.run(['wait', '--for=create', `node/${NODE_NAME}`, `--timeout=${NODE_TIMEOUT}s`]);
  await kubectl.run(['wait', '--for=condition=Ready', `node/${NODE_NAME}`, `--timeout=${NODE_TIMEOUT}s`]);
}
