import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Progress } from '../../deploy/local/progress.ts';
import { ensureWorkflowBundle } from '../../deploy/local/workflow-bundle.ts';
import { NETWORK_WORKFLOW } from '../../workflows/names.ts';
import { temporaryDirectory } from './temporary.ts';

const cache = temporaryDirectory();
process.env['BTCNET_CACHE'] = cache;
const bundles = (): string[] => readdirSync(join(cache, 'bundles'));

test('the workflows are bundled once, and kept in the cache', async () => {
  const path = await ensureWorkflowBundle(new Progress());
  expect(readFileSync(path, 'utf8')).toContain(NETWORK_WORKFLOW);
  expect(bundles()).toHaveLength(1);
  const builtAs = statSync(path).ino;
  expect(await ensureWorkflowBundle(new Progress())).toBe(path);
  expect(statSync(path).ino).toBe(builtAs);
}, 60_000);

test('a bundle that was lost is built again, and only the newest ten are kept', async () => {
  const path = await ensureWorkflowBundle(new Progress());
  const others = Array.from({ length: 12 }, (_, index) => `workflows-of-another-branch-${index}.js`);
  for (const name of others) writeFileSync(join(cache, 'bundles', name), '');
  rmSync(path);
  expect(await ensureWorkflowBundle(new Progress())).toBe(path);
  expect(statSync(path).size).toBeGreaterThan(100_000);
  expect(bundles()).toHaveLength(10);
}, 60_000);
