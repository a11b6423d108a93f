import { globSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { paths } from '../locations.ts';
import { commandLine, identify } from '../processes/identity.ts';
import { killAll, stopProcesses } from '../processes/stop.ts';
import { processesInPods, removeCgroups } from './cgroups.ts';
import { unmountBelow } from './mounts.ts';
import { removePodCables } from './pod-cables.ts';

/** How long the pods' programs may take to end by themselves, in ms. */
const GRACE = 4000;
/** How long containerd may take to write down that they have ended, in ms. */
const SETTLE = 3000;
const POLL_INTERVAL = 50;
/** A program that starts others while it is killed may need more than one round. */
const KILL_ROUNDS = 5;

/** Whether a command line is that of a containerd shim which serves the containerd behind this socket. */
export function isShimOf(words: readonly string[], socket: string): boolean {
  if (!words[0]?.includes('containerd-shim')) return false;
  const flag = words.findIndex((word) => word === '-address' || word === '--address');
  return flag > 0 && words[flag + 1] === socket;
}

/** The shims of our containerd that run. */
function shims(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => isShimOf(commandLine(pid), paths.containerdSocket()));
}

/**
 * Ends all containers. While containerd runs it sees them end and writes that down; otherwise it finds out at its next
 * start. The pods themselves are kept in the API server: the next `up` runs them again.
 */
export async function stopContainers(): Promise<void> {
  const identities = processesInPods()
    .map(identify)
    .filter((identity) => identity !== undefined);
  await stopProcesses(identities, GRACE);
  const deadline = Date.now() + SETTLE;
  while (shims().length > 0 && Date.now() < deadline && identities.length > 0) await delay(POLL_INTERVAL);
}

/** Where shims put their sockets, whatever their containerd's settings; named by a hash. */
const SHIM_SOCKETS = '/run/containerd/s/';

/** The path of a shim's socket, from the text of its bootstrap.json. */
export function shimSocketOf(bootstrap: string): string | undefined {
  try {
    const { address = '' } = JSON.parse(bootstrap) as { address?: string };
    const path = address.replace(/^unix:\/\//, '');
    return path.startsWith(SHIM_SOCKETS) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** A shim that was killed leaves its socket behind. */
function removeShimSockets(): void {
  for (const file of globSync(
    join(paths.containerdState(), 'io.containerd.runtime.v2.task', '*', '*', 'bootstrap.json'),
  )) {
    const socket = shimSocketOf(readFileSync(file, 'utf8'));
    if (socket !== undefined) rmSync(socket, { force: true });
  }
}

/** After this nothing of a container is left but what containerd has on disk. containerd must not run. */
export async function removeContainerRemains(): Promise<void> {
  for (let round = 0; round < KILL_ROUNDS; round++) {
    const pids = [...shims(), ...processesInPods()];
    if (pids.length === 0) break;
    await killAll(pids);
  }
  await removePodCables();
  await unmountBelow(paths.run());
  removeCgroups();
  removeShimSockets();
  rmSync(paths.run(), { recursive: true, force: true });
}
