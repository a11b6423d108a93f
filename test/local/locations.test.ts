import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { cacheDirectory, paths, stateDirectory } from '../../deploy/local/locations.ts';
import { refuseForeignDirectory } from '../../deploy/local/one-stack.ts';
import { StackError } from '../../deploy/local/stack-error.ts';
import { temporaryDirectory } from './temporary.ts';

const root = temporaryDirectory();
let tests = 0;
beforeEach(() => {
  process.env['BTCNET_STATE'] = join(root, String(tests++));
});

test('the cache is where the user wants it, or where the user keeps such things', () => {
  expect(cacheDirectory({ BTCNET_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a');
  expect(cacheDirectory({ XDG_CACHE_HOME: '/b' })).toBe('/b/btcnet');
  expect(cacheDirectory({ BTCNET_CACHE: '' })).toMatch(/\/\.cache\/btcnet$/);
});

test('the state directory is one for all checkouts, unless another one is named', () => {
  expect(stateDirectory({})).toBe('/var/lib/btcnet');
  expect(stateDirectory({ BTCNET_STATE: '/data/btcnet/' })).toBe('/data/btcnet');
});

test('a state directory in which sockets would have too long a path is refused', () => {
  expect(stateDirectory({ BTCNET_STATE: `/${'a'.repeat(59)}` })).toHaveLength(60);
  expect(() => stateDirectory({ BTCNET_STATE: `/${'a'.repeat(60)}` })).toThrow(StackError);
});

test.each(['/', '/a/..', '//'])('%s is no state directory', (directory) => {
  expect(() => stateDirectory({ BTCNET_STATE: directory })).toThrow(StackError);
});

test.each([
  ['is not there', () => undefined],
  [
    'is empty',
    () => {
      mkdirSync(stateDirectory());
    },
  ],
  [
    'is a new file system',
    () => {
      mkdirSync(join(stateDirectory(), 'lost+found'), { recursive: true });
    },
  ],
  [
    'has the records of a stack',
    () => {
      mkdirSync(paths.records(), { recursive: true });
      mkdirSync(paths.etcd());
    },
  ],
])('a state directory that %s can be used', (_, prepare) => {
  prepare();
  expect(refuseForeignDirectory).not.toThrow();
});

test("a directory with somebody's files in it is neither used nor emptied", () => {
  mkdirSync(stateDirectory());
  writeFileSync(join(stateDirectory(), 'thesis.tex'), '');
  expect(refuseForeignDirectory).toThrow(StackError);
  expect(refuseForeignDirectory).toThrow(stateDirectory());
});
