import { identify, isAlive, type ProcessIdentity } from './identity.ts';
import { readRecord, recordedPids, removeRecord } from './records.ts';
import { findStackParents } from './strays.ts';

const POLL_INTERVAL = 30;
/** How long a process may take to end by itself, in ms. */
const GRACE = 15_000;
/** After SIGKILL only a process in an uninterruptible wait is still there, in ms. */
const KILL_WAIT = 5000;

function signal(identity: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function waitForEnd(identities: readonly ProcessIdentity[], timeout: number): Promise<ProcessIdentity[]> {
  const deadline = Date.now() + timeout;
  let living = identities.filter(isAlive);
  while (living.length > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL));
    living = living.filter(isAlive);
  }
  return living;
}

/** Ends processes: SIGTERM, and SIGKILL for those that are still there after `grace` ms. Waits until they are gone. */
export async function stopProcesses(identities: readonly ProcessIdentity[], grace: number = GRACE): Promise<void> {
  for (const identity of identities) signal(identity, 'SIGTERM');
  const stubborn = await waitForEnd(identities, grace);
  for (const identity of stubborn) signal(identity, 'SIGKILL');
  await waitForEnd(stubborn, KILL_WAIT);
}

/** Ends a process of the stack by its record, if it is still the process that was recorded. */
export async function stopRecorded(name: string, grace?: number): Promise<void> {
  const record = readRecord(name);
  if (record && isAlive(record)) await stopProcesses([record], grace);
  removeRecord(name);
}

/** Ends processes that an interrupted `up` has started and not recorded. */
export async function stopUnrecorded(): Promise<void> {
  const recorded = recordedPids();
  await stopProcesses(findStackParents().filter(({ pid }) => !recorded.has(pid)));
}

/** Ends processes by number, at once. For those whose belonging was just seen. */
export async function killAll(pids: readonly number[]): Promise<void> {
  const identities = pids.map(identify).filter((identity) => identity !== undefined);
  for (const identity of identities) signal(identity, 'SIGKILL');
  await waitForEnd(identities, KILL_WAIT);
}
