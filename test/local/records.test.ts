import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { paths } from '../../deploy/local/locations.ts';
import { identify, isAlive, type ProcessIdentity } from '../../deploy/local/processes/identity.ts';
import {
  livingRecord,
  type ProcessRecord,
  readRecord,
  recordedNames,
  recordedPids,
  removeRecord,
  writeRecord,
} from '../../deploy/local/processes/records.ts';
import { stopProcesses, stopRecorded } from '../../deploy/local/processes/stop.ts';
import { temporaryState } from './temporary.ts';

temporaryState();

const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** A process that says when it is ready for signals. */
async function start(script: string): Promise<{ child: ChildProcess; identity: ProcessIdentity }> {
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'] });
  children.push(child);
  await once(child.stdout, 'data');
  const identity = identify(child.pid ?? 0);
  if (!identity) throw new Error('it has ended');
  return { child, identity };
}
const WILLING = 'echo ready; read line';
const STUBBORN = "trap '' TERM; echo ready; read line";

const record = (identity: ProcessIdentity, name = 'etcd'): ProcessRecord => ({
  ...identity,
  name,
  version: '3.7.0',
  signature: 'abc',
  startedAt: '2026-11-01T00:00:00.000Z',
  log: paths.log(name),
});

beforeEach(() => {
  recordedNames().forEach(removeRecord);
});

test('a record is read as it was written, and nothing but records lies there', async () => {
  const { identity } = await start(WILLING);
  writeRecord(record(identity));
  expect(readRecord('etcd')).toEqual(record(identity));
  expect(readdirSync(paths.records())).toEqual(['etcd.json']);
  expect(recordedNames()).toEqual(['etcd']);
});

test.each(['', '{', 'null', '[]', '{"pid":"1"}', '{"pid":1}', '{"pid":"../1"}'])(
  'a file that holds %j is as good as no record',
  async (text) => {
    mkdirSync(paths.records(), { recursive: true });
    writeFileSync(join(paths.records(), 'etcd.json'), text);
    expect(livingRecord('etcd')).toBeFalsy();
    expect(recordedPids()).toEqual(new Set());
    await stopRecorded('etcd');
    expect(recordedNames()).toEqual([]);
  },
);

test('the record of a process that was killed is as good as none', async () => {
  const { child, identity } = await start(WILLING);
  writeRecord(record(identity));
  expect(livingRecord('etcd')).toEqual(record(identity));
  expect(recordedPids()).toEqual(new Set([identity.pid]));
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(livingRecord('etcd')).toBeUndefined();
  expect(recordedPids()).toEqual(new Set());
});

test('a recorded process is ended, and its record removed', async () => {
  const { identity } = await start(WILLING);
  writeRecord(record(identity));
  await stopRecorded('etcd');
  expect(isAlive(identity)).toBe(false);
  expect(readRecord('etcd')).toBeUndefined();
});

test('a process that does not listen is killed in the end', async () => {
  const { child, identity } = await start(STUBBORN);
  const ended = once(child, 'close');
  await stopProcesses([identity], 50);
  await expect(ended).resolves.toEqual([null, 'SIGKILL']);
});

test('a process that was stopped in its tracks is killed in the end', async () => {
  const { child, identity } = await start(WILLING);
  child.kill('SIGSTOP');
  await stopProcesses([identity], 50);
  expect(isAlive(identity)).toBe(false);
});

test.each([
  ['since then', { startTicks: 1 }],
  ['since the last boot', { bootId: '00000000-0000-0000-0000-000000000000' }],
])('a stranger who has got the number of a recorded process %s is left alone', async (_, before) => {
  const { identity } = await start(WILLING);
  writeRecord(record({ ...identity, ...before }));
  expect(livingRecord('etcd')).toBeUndefined();
  await stopRecorded('etcd');
  expect(isAlive(identity)).toBe(true);
  expect(readRecord('etcd')).toBeUndefined();
});

test('stopping what never ran does nothing', async () => {
  await stopRecorded('kubelet');
  await stopProcesses([]);
  expect(recordedNames()).toEqual([]);
});
