import { readdirSync, readFileSync } from 'node:fs';
import { stateDirectory } from '../locations.ts';
import { commandLine, identify, type ProcessIdentity } from './identity.ts';

/** Every process of the stack carries this variable with its state directory, so that it is known even without a record. */
export const STACK_MARK = 'BTCNET_STACK';

/** Whether the text of /proc/PID/environ carries the mark of the stack with this state directory. */
export function isMarked(environment: string, directory: string): boolean {
  return environment.split('\0').includes(`${STACK_MARK}=${directory}`);
}

/** Whether this is a program that the stack starts itself, and not something that one of them has started. */
function isShim(pid: number): boolean {
  return commandLine(pid)[0]?.includes('containerd-shim') ?? false;
}

/** Processes of this stack, its shims aside, as an interrupted `up` may leave them behind without a record. */
export function findStackProcesses(): ProcessIdentity[] {
  const directory = stateDirectory();
  const found: ProcessIdentity[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    try {
      if (!isMarked(readFileSync(`/proc/${entry}/environ`, 'utf8'), directory) || isShim(Number(entry))) continue;
    } catch {
      continue;
    }
    const identity = identify(Number(entry));
    if (identity) found.push(identity);
  }
  return found;
}
