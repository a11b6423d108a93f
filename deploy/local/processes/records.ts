import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { paths } from '../locations.ts';
import { isAlive, type ProcessIdentity } from './identity.ts';

/** What is kept of a started process, in a file of its own, so that any later run of any checkout can judge it. */
export interface ProcessRecord extends ProcessIdentity {
  name: string;
  version: string;
  /** Fingerprint of its arguments, settings and configuration files. */
  signature: string;
  /** ISO time. */
  startedAt: string;
  log: string;
}

const recordPath = (name: string): string => join(paths.records(), `${name}.json`);

export function writeRecord(record: ProcessRecord): void {
  mkdirSync(paths.records(), { recursive: true });
  const path = recordPath(record.name);
  // Whole or not at all: a half-written record would hide a running process.
  writeFileSync(`${path}.new`, JSON.stringify(record));
  renameSync(`${path}.new`, path);
}

export function readRecord(name: string): ProcessRecord | undefined {
  try {
    return JSON.parse(readFileSync(recordPath(name), 'utf8')) as ProcessRecord;
  } catch {
    return undefined;
  }
}

/** The record of a process that lives; records of dead ones are as good as none. */
export function livingRecord(name: string): ProcessRecord | undefined {
  const record = readRecord(name);
  return record && isAlive(record) ? record : undefined;
}

export function removeRecord(name: string): void {
  rmSync(recordPath(name), { force: true });
}

/** The ids of all recorded processes that live. */
export function recordedPids(): Set<number> {
  return new Set(
    recordedNames()
      .map((name) => livingRecord(name)?.pid)
      .filter((pid) => pid !== undefined),
  );
}

export function recordedNames(): string[] {
  try {
    return readdirSync(paths.records())
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length));
  } catch {
    return [];
  }
}
