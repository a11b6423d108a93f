import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { removeUnfinished } from '../../deploy/local/parts/leftovers.ts';
import { temporaryDirectory } from './temporary.ts';

const root = temporaryDirectory();

test('what a killed build has left is removed, and what was finished stays', async () => {
  const home = join(root, 'home');
  mkdirSync(join(home, 'building-abc', 'bin'), { recursive: true });
  writeFileSync(join(home, 'building-abc', 'bin', 'etcd'), 'half of it');
  writeFileSync(join(home, 'etcd'), 'all of it');
  await removeUnfinished(home);
  expect(readdirSync(home)).toEqual(['etcd']);
});

test('only folders of the kind that is asked for are removed', async () => {
  const parts = join(root, 'parts');
  for (const name of ['building-go-1', 'building-test-server-1']) mkdirSync(join(parts, name), { recursive: true });
  await removeUnfinished(parts, 'building-go-');
  expect(readdirSync(parts)).toEqual(['building-test-server-1']);
});

test('where there is no folder yet, there is nothing to remove', async () => {
  await expect(removeUnfinished('/nowhere/at/all')).resolves.toBeUndefined();
});
