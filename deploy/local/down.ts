import { lstatSync, readdirSync, readlinkSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PORTS } from './addresses.ts';
import { removeBridge } from './host/bridge.ts';
import { removeContainerRemains, stopContainers } from './host/containers.ts';
import { removeFirewallRules } from './host/firewall.ts';
import { restoreKernelSettings } from './host/kernel-settings.ts';
import { unmountBelow } from './host/mounts.ts';
import { forgetPods } from './host/pod-cables.ts';
import { acquireLock } from './lock.ts';
import { paths, stateDirectory } from './locations.ts';
import { refuseForeignDirectory, refuseOtherStack } from './one-stack.ts';
import { findListeners } from './processes/listeners.ts';
import { stopProcesses, stopRecorded, stopUnrecorded } from './processes/stop.ts';
import { findStackProcesses } from './processes/strays.ts';
import { Progress } from './progress.ts';
import { settleAll } from './settle.ts';
import { StackError } from './stack-error.ts';
import { STACK_LOCK } from './up.ts';
import { WORKER } from './worker.ts';

/** The kubelet's links to the logs of containers, likewise. */
const CONTAINER_LOG_LINKS = '/var/log/containers';

export interface DownOptions {
  /** Remove the data too. */
  purge: boolean;
  progress?: Progress;
}

/** Ends the stack, from any state: no process, mount, bridge, rule, cgroup or namespace of it is left. The data stay. */
export async function down({ purge, progress = new Progress() }: DownOptions): Promise<void> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new StackError(
      'The local stack runs as root on Linux only, so there is nothing to stop here (try: sudo npm run down).',
    );
  }
  const lock = await acquireLock(STACK_LOCK, (holder) => {
    progress.say(`  Process ${holder} is starting or stopping the stack, waiting for it`);
  });
  try {
    refuseOtherStack();
    if (purge) refuseForeignDirectory();
    await stopEverything(progress);
    await progress.run('network, mounts, kernel settings', async () => {
      await unmountBelow(stateDirectory());
      await removeFirewallRules({ kubernetes: !anotherNodeRuns() });
      await removeBridge();
      restoreKernelSettings();
      removeLinks();
    });
    if (purge) {
      removeData();
      progress.say(`✓ removed the data in ${stateDirectory()}`);
    }
  } finally {
    lock.release();
  }
}

async function stopEverything(progress: Progress): Promise<void> {
  // What nobody has recorded would go on working against the steps below.
  await stopUnrecorded();
  await progress.run('worker', () => stopRecorded(WORKER));
  // Before the containers, or it would start them again.
  await progress.run('kubelet', () => stopRecorded('kubelet'));
  await settleAll([
    progress.run('containers', async () => {
      await stopContainers();
      await stopRecorded('containerd');
      await removeContainerRemains();
    }),
    progress.run('control plane', async () => {
      await settleAll(
        ['kube-proxy', 'coredns', 'kube-scheduler', 'kube-controller-manager'].map((name) => stopRecorded(name)),
      );
      await stopRecorded('kube-apiserver');
      await stopRecorded('etcd');
    }),
    progress.run('temporal', () => stopRecorded('temporal')),
  ]);
  await stopProcesses(findStackProcesses());
}

/** The node of any cluster listens there. When ours has stopped, and somebody does, Kubernetes' firewall chains are theirs. */
function anotherNodeRuns(): boolean {
  return findListeners([{ port: PORTS.kubelet }, { port: PORTS.proxyHealth }]).length > 0;
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory).map((entry) => join(directory, entry));
  } catch {
    return [];
  }
}

/** Links into our logs; the kubelet of another cluster has its own there. */
function removeLinks(): void {
  for (const link of entries(CONTAINER_LOG_LINKS)) {
    if (lstatSync(link).isSymbolicLink() && readlinkSync(link).startsWith(`${paths.podLogs()}/`)) rmSync(link);
  }
}

function removeData(): void {
  for (const entry of entries(stateDirectory())) rmSync(entry, { recursive: true, force: true });
  try {
    rmdirSync(stateDirectory());
  } catch {
    // It is a mount point or a link of the user's own, or was never there.
  }
  forgetPods();
}
