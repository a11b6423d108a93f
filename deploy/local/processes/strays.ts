import { readdirSync, readFileSync } from 'node:fs';
import { BENCH_STATE, stateDirectory } from '../locations.ts';
import { commandLine, identify, parseParent, type ProcessIdentity } from './identity.ts';

/** Every process of a stack carries this variable with its state directory, so that it is known even without a record. */
export const STACK_MARK = 'BTCNET_STACK';

/** The state directory of the stack whose mark is in the text of /proc/PID/environ. */
export function markOf(environment: string): string | undefined {
  const prefix = `${STACK_MARK}=`;
  return environment
    .split('\0')
    .find((variable) => variable.startsWith(prefix))
    ?.slice(prefix.length);
}

/** A process that carries the mark of some stack. */
export interface MarkedProcess extends ProcessIdentity {
  parent: number;
  /** The state directory of its stack. */
  directory: string;
  /** Shims end with their containers, and outlive the containerd that has started them. */
  isShim: boolean;
}

function markedProcesses(): MarkedProcess[] {
  const found: MarkedProcess[] = [];
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!/^\d+$/.test(entry) || pid === process.pid) continue;
    try {
      const directory = markOf(readFileSync(`/proc/${entry}/environ`, 'utf8'));
      const identity = directory === undefined ? undefined : identify(pid);
      if (directory === undefined || identity === undefined) continue;
      const parent = parseParent(readFileSync(`/proc/${entry}/stat`, 'utf8'));
      const isShim = commandLine(pid)[0]?.includes('containerd-shim') ?? false;
      found.push({ ...identity, parent, directory, isShim });
    } catch {
      // It has ended in the meantime.
    }
  }
  return found;
}

/**
 * Those that nobody else of the stack has started, shims aside. What is left out ends with its parent, and must not be
 * touched before: it may be runc at work for a pod of a stack that runs.
 */
export function withoutChildren(marked: readonly MarkedProcess[]): MarkedProcess[] {
  const pids = new Set(marked.map(({ pid }) => pid));
  return marked.filter(({ parent, isShim }) => !isShim && !pids.has(parent));
}

const ofThisStack = ({ directory }: MarkedProcess): boolean => directory === stateDirectory();

/** Processes of this stack, its shims aside, as an interrupted `up` may leave them behind without a record. */
export function findStackProcesses(): ProcessIdentity[] {
  return markedProcesses().filter((found) => ofThisStack(found) && !found.isShim);
}

/** The same, without what they have started. */
export function findStackParents(): ProcessIdentity[] {
  return withoutChildren(markedProcesses().filter(ofThisStack));
}

/** A process of a stack that has its data elsewhere. */
export function findOtherStack(): MarkedProcess | undefined {
  return markedProcesses().find((found) => !ofThisStack(found) && found.directory !== BENCH_STATE);
}
