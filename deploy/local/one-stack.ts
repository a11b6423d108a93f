import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { refuseTakenPorts } from './daemons/daemon.ts';
import { paths, stateDirectory } from './locations.ts';
import { recordedPids } from './processes/records.ts';
import { findOtherStack } from './processes/strays.ts';
import type { Stack } from './stack.ts';
import { StackError } from './stack-error.ts';

/** The bridge, the ports and the cgroup are this machine's, so there is one stack on it. */
export function refuseOtherStack(): void {
  const other = findOtherStack();
  if (!other) return;
  throw new StackError(
    `There is a stack with its data in ${other.directory} already (process ${other.pid}), and a machine has room for one. This ` +
      `one's are in ${stateDirectory()}. Stop that one first: BTCNET_STATE=${other.directory} npm run down`,
  );
}

/** Before anything is changed: names whoever else holds a port that the stack needs. */
export function refuseForeignListeners(stack: Stack): void {
  refuseTakenPorts(Object.values(stack), recordedPids());
}

/** What a new file system has in its root. */
const OF_THE_FILE_SYSTEM = 'lost+found';

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory).filter((entry) => entry !== OF_THE_FILE_SYSTEM);
  } catch {
    return [];
  }
}

/** `down -- --purge` empties the state directory, so it must never be one with somebody's files in it. */
export function refuseForeignDirectory(): void {
  const isDefault = stateDirectory() === stateDirectory({});
  const entries = entriesOf(stateDirectory());
  // The folder of the records is the first thing that `up` makes.
  if (isDefault || entries.length === 0 || entries.includes(basename(paths.records()))) return;
  throw new StackError(
    `${stateDirectory()} has files in it that are not the stack's. BTCNET_STATE must name a folder of its own.`,
  );
}
