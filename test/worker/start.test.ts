/** A worker that cannot start says why in one line, with the exit code of the documentation. */
import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tryCommand } from '../../deploy/local/run-command.ts';
import { kubeconfigOf } from '../support/kubeconfig.ts';

const MAIN = fileURLToPath(new URL('../../worker/main.ts', import.meta.url));

test.each<[string, Record<string, string>, string[], string]>([
  ['a duration that is none', { BTCNET_RESYNC_MIN: 'often' }, [], 'BTCNET_RESYNC_MIN'],
  ['an implementation that nobody knows', { BTCNET_DEFAULT_IMPLEMENTATION: 'bcoin' }, [], 'bitcoin-core, btcd'],
  ['an option that nobody knows', {}, ['--kubeconf', 'x'], '--kubeconf'],
  ['a kubeconfig that is not there', {}, ['--kubeconfig', '/nonexistent'], '/nonexistent'],
  ['a kubeconfig that is no YAML', { KUBECONFIG: 'FILE' }, [], 'KUBECONFIG'],
  ["a file of Temporal's that is no TOML", { KUBECONFIG: 'CLUSTER', TEMPORAL_CONFIG_FILE: 'FILE' }, [], 'TEMPORAL_'],
  ['a port that somebody has', { KUBECONFIG: 'CLUSTER', BTCNET_HEALTH_PORT: 'TAKEN' }, [], 'EADDRINUSE'],
])('%s is named in one line, without a stack trace', async (_what, environment, args, named) => {
  const directory = mkdtempSync(join(tmpdir(), 'btcnet-worker-'));
  const taken = createServer().listen(0);
  await once(taken, 'listening');
  const meant: Record<string, string> = {
    FILE: join(directory, 'no-configuration'),
    CLUSTER: join(directory, 'kubeconfig'),
    TAKEN: String((taken.address() as AddressInfo).port),
  };
  writeFileSync(meant['FILE'] ?? '', 'a: [');
  writeFileSync(meant['CLUSTER'] ?? '', kubeconfigOf('https://127.0.0.1:1'));
  const env = Object.entries(environment).map(([name, value]) => [name, meant[value] ?? value]);
  const options = { env: { ...process.env, ...(Object.fromEntries(env) as Record<string, string>) }, timeout: 30_000 };
  const { code, stdout, stderr } = await tryCommand(process.execPath, [MAIN, ...args], options);
  taken.close();
  rmSync(directory, { recursive: true });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^btcnet worker: .+\n$/);
  expect(stderr).toContain(named);
});
