import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { paths, stateDirectory } from '../locations.ts';
import { withSystemPath } from '../search-path.ts';
import { StackError } from '../stack-error.ts';
import { identify } from './identity.ts';
import { type ProcessRecord, writeRecord } from './records.ts';
import { STACK_MARK } from './strays.ts';

/** A log that has grown beyond this is put aside when its process starts again, in bytes. */
const LOG_LIMIT = 20_000_000;
/** How much of a log is shown when its process does not come up. */
const SHOWN_LINES = 15;

export interface Launch {
  name: string;
  version: string;
  program: string;
  args: readonly string[];
  /** Where it runs; the root where it does not matter, so that no folder is held. */
  cwd?: string;
  environment: NodeJS.ProcessEnv;
  /** Tells whether a running process was started with the same settings. */
  signature: string;
}

export function fingerprint(...values: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 16);
}

function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  try {
    if (statSync(path).size > LOG_LIMIT) renameSync(path, `${path}.1`);
  } catch {
    // There is none yet.
  }
  return openSync(path, 'a');
}

/** Starts a process that outlives this one, with its output in a log file, and records it. */
export async function launch(what: Launch): Promise<ProcessRecord> {
  const log = paths.log(what.name);
  const output = openLog(log);
  try {
    const child = spawn(what.program, what.args, {
      cwd: what.cwd ?? '/',
      detached: true,
      env: { ...withSystemPath(what.environment), [STACK_MARK]: stateDirectory() },
      stdio: ['ignore', output, output],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (!identity) throw new StackError(`${what.name} ended at once.\n${logTail(log)}`);
    const { name, version, signature } = what;
    const record = { ...identity, name, version, signature, startedAt: new Date().toISOString(), log };
    writeRecord(record);
    child.unref();
    return record;
  } finally {
    closeSync(output);
  }
}

/** The last lines of a log and where the rest is. */
export function logTail(log: string): string {
  let lines: string[] = [];
  try {
    lines = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-SHOWN_LINES);
  } catch {
    // Nothing was written.
  }
  return [...lines.map((line) => `    ${line}`), `  The whole log: ${log}`].join('\n');
}
