import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { findFittingProgram, findProgram } from '../../deploy/local/parts/find.ts';
import { searchDirectories, withSystemPath } from '../../deploy/local/search-path.ts';
import { temporaryDirectory } from './temporary.ts';

const root = temporaryDirectory();
const first = join(root, 'first');
const second = join(root, 'second');

function program(directory: string, name: string, script = 'exit 0', mode = 0o755): string {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, mode);
  return path;
}

beforeEach(() => {
  mkdirSync(first, { recursive: true });
  mkdirSync(second, { recursive: true });
  process.env['PATH'] = [first, second, '/bin'].join(delimiter);
});

test('the first directory of the PATH that has a program wins', () => {
  const later = program(second, 'btcnet-one');
  expect(findProgram('btcnet-one')).toBe(later);
  const earlier = program(first, 'btcnet-one');
  expect(findProgram('btcnet-one')).toBe(earlier);
});

test('what is not a program is passed over', () => {
  program(first, 'btcnet-two', '', 0o644);
  symlinkSync('/nowhere', join(first, 'btcnet-three'));
  mkdirSync(join(first, 'btcnet-four'));
  const paths = ['btcnet-two', 'btcnet-three', 'btcnet-four'].map((name) => program(second, name));
  expect(['btcnet-two', 'btcnet-three', 'btcnet-four'].map(findProgram)).toEqual(paths);
});

test('a program that is nowhere is not found', () => {
  expect(findProgram('btcnet-nowhere')).toBeUndefined();
  expect(findProgram('/nowhere/btcnet-one')).toBeUndefined();
});

test('an absolute path is looked at itself', () => {
  const path = program(root, 'btcnet-elsewhere');
  expect(findProgram(path)).toBe(path);
});

test('system programs are looked for where Debian keeps them, though not on the PATH', () => {
  expect(searchDirectories('/bin')).toEqual(['/bin', '/usr/local/sbin', '/usr/sbin', '/sbin']);
  expect(withSystemPath({ PATH: '/sbin:/bin', HOME: '/root' })).toEqual({
    PATH: '/sbin:/bin:/usr/local/sbin:/usr/sbin',
    HOME: '/root',
  });
  expect(searchDirectories(undefined)).not.toEqual([]);
});

test('relative directories of the PATH are left out: they mean another place for a program that runs elsewhere', () => {
  expect(searchDirectories('.:node_modules/.bin::/bin')[0]).toBe('/bin');
});

const version = { args: ['--version'], fit: 'minor' } as const;

test('a program that tells a fitting version is used, whether it tells it on stdout or on stderr', async () => {
  const out = program(first, 'btcnet-tells', '[ "$1" = --version ] && echo "tells v1.37.9"');
  const err = program(first, 'btcnet-shouts', 'echo "shouts v1.37.0" >&2');
  await expect(findFittingProgram('btcnet-tells', '1.37.2', version)).resolves.toBe(out);
  await expect(findFittingProgram('btcnet-shouts', '1.37.2', version)).resolves.toBe(err);
});

test.each([
  ['tells another one', 'echo 1.36.2'],
  ['tells none', 'echo hello'],
  ['fails', 'echo 1.37.2; exit 1'],
])('a program that %s is not used', async (_, script) => {
  program(first, 'btcnet-bad', script);
  await expect(findFittingProgram('btcnet-bad', '1.37.2', version)).resolves.toBeUndefined();
});

test('a file that cannot be run is not used', async () => {
  const path = join(first, 'btcnet-broken');
  writeFileSync(path, '\x7fELF, but not really');
  chmodSync(path, 0o755);
  await expect(findFittingProgram('btcnet-broken', '1.37.2', version)).resolves.toBeUndefined();
});
