import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { tryCommand } from '../../deploy/local/run-command.ts';
import { CHECKOUT, codeBlocks } from '../docs/code-blocks.ts';
import { kubectl, makeNamespace, Network, removeNamespace, runWorker } from '../support/stack.ts';

jest.setTimeout(240_000);

let namespace: string;
let folder: string;
beforeAll(async () => {
  await runWorker();
  namespace = await makeNamespace('page');
  folder = mkdtempSync(join(tmpdir(), 'btcnet-page-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await removeNamespace(namespace);
});

/** The stack's kubeconfig with the test's namespace as its current one, so that examples need not name it. */
async function kubeconfigIn(): Promise<string> {
  const path = join(folder, 'kubeconfig');
  writeFileSync(path, await kubectl('config', 'view', '--raw', '--flatten'), { mode: 0o600 });
  await kubectl('--kubeconfig', path, 'config', 'set-context', '--current', `--namespace=${namespace}`);
  return path;
}

test('the first example of docs/typescript.md runs as it stands there, and leaves nothing behind', async () => {
  const [example] = codeBlocks('docs/typescript.md', 'ts').filter(({ mark }) => mark === 'run');
  const { code, stdout, stderr } = await tryCommand(
    process.execPath,
    ['--input-type=module-typescript', '--eval', example?.code ?? ''],
    { cwd: CHECKOUT, env: { ...process.env, KUBECONFIG: await kubeconfigIn() } },
  );
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^height 101, tip [0-9a-f]{64}$/m);
  expect(stdout).toContain('converged with 3 nodes');
  expect(stdout).toMatch(/^my-network 3 101$/m);
  expect(await new Network(namespace, 'my-network').remains()).toEqual([]);
});
