import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  commandLine,
  currentBootId,
  identify,
  isAlive,
  isZombie,
  parseCommandLine,
  parseParent,
  parseStartTicks,
} from '../../deploy/local/processes/identity.ts';

const stat = (name: string, state = 'S', parent = 7, ticks = 12_345): string =>
  `42 (${name}) ${state} ${parent} 42 42 0 -1 4194560 1 0 0 0 5 6 0 0 20 0 9 0 ${ticks} 1000 20 18446744073709551615 1 1 0\n`;

test.each(['node', 'a program', 'trap) S 1 2 3 (', ')', '', '((('])(
  'the name %j does not confuse the fields behind it',
  (name) => {
    expect(parseStartTicks(stat(name))).toBe(12_345);
    expect(parseParent(stat(name))).toBe(7);
    expect(isZombie(stat(name))).toBe(false);
    expect(isZombie(stat(name, 'Z'))).toBe(true);
  },
);

test('no name ever confuses them', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 15 }), fc.integer({ min: 1, max: 2 ** 50 }), (name, ticks) => {
      expect(parseStartTicks(stat(name, 'R', 1, ticks))).toBe(ticks);
    }),
  );
});

test.each(['', '42 (node) S 7', 'nonsense', stat('node', 'S', 7, 0)])('%j tells no start time', (text) => {
  expect(parseStartTicks(text)).toBeUndefined();
});

test.each([
  ['/bin/etcd\0--name=a\0', ['/bin/etcd', '--name=a']],
  ['printf\0\0%s\0', ['printf', '', '%s']],
  ['nginx: master process /usr/sbin/nginx', ['nginx: master process /usr/sbin/nginx']],
  ['a title\0\0\0\0\0', ['a title']],
  ['', []],
])('the command line %j has the words %j', (text, words) => {
  expect(parseCommandLine(text)).toEqual(words);
});

test('this process is known, and lives', () => {
  const own = identify(process.pid);
  expect(own).toMatchObject({ pid: process.pid, bootId: currentBootId() });
  expect(own && isAlive(own)).toBe(true);
  expect(commandLine(process.pid)).not.toEqual([]);
});

test('a process that has got a known number is not the known one', () => {
  const own = identify(process.pid);
  if (!own) throw new Error('this process is not known');
  expect(isAlive({ ...own, startTicks: own.startTicks - 1 })).toBe(false);
});

test('after a reboot nobody is who he was', () => {
  const own = identify(process.pid);
  if (!own) throw new Error('this process is not known');
  expect(isAlive({ ...own, bootId: '00000000-0000-0000-0000-000000000000' })).toBe(false);
});

test('a wrapper stays the same process when it becomes the program that it wraps', async () => {
  const child = spawn('/bin/sh', ['-c', 'read line; exec cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  await once(child, 'spawn');
  const before = identify(child.pid ?? 0);
  child.stdin.write('go on\nit runs\n');
  await once(child.stdout, 'data');
  expect(commandLine(child.pid ?? 0)).toEqual(['cat']);
  expect(before && isAlive(before)).toBe(true);
  child.stdin.end();
  await once(child, 'close');
  expect(before && isAlive(before)).toBe(false);
});

test.each([0, -1, 2 ** 30])('nobody lives under the number %d', (pid) => {
  expect(identify(pid)).toBeUndefined();
  expect(commandLine(pid)).toEqual([]);
});
