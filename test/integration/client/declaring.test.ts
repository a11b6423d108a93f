import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { BtcnetClient } from '../../../client/index.ts';
import { EXIT } from '../../../client/exit-codes.ts';
import { API_VERSION, KIND } from '../../../workflows/names.ts';
import { kubectl, makeNamespace, removeNamespace } from '../../support/stack.ts';
import { runCommand } from '../../../deploy/local/run-command.ts';
import { btcnet, NOWHERE } from './btcnet.ts';

jest.setTimeout(60_000);

/** Paused: these tests are about the resource alone. */
const PAUSED = { nodes: 0, paused: true };

const client = new BtcnetClient();
let namespace: string;

beforeAll(async () => {
  namespace = await makeNamespace('declaring');
});
afterAll(async () => {
  await client.close();
  await removeNamespace(namespace);
});

const spec = async (name: string): Promise<object> => (await client.get(name, { namespace })).spec;
const manifest = (name: string, fields: object): string =>
  JSON.stringify({ apiVersion: API_VERSION, kind: KIND, metadata: { name, namespace }, spec: fields });

/** As a GitOps tool declares it. */
const declare = (name: string, fields: object): Promise<string> =>
  runCommand(
    join(process.env['BTCNET_TEST_BIN'] ?? '', 'kubectl'),
    ['apply', '--server-side', '--field-manager=git', '-f', '-'],
    { input: manifest(name, fields) },
  );

test('scaling leaves the other fields with the tool that declares them, and that tool leaves the number alone', async () => {
  await declare('shared', PAUSED);
  await declare('shared', { ...PAUSED, image: 'example/image:1' });
  await client.apply({ name: 'shared', namespace, spec: { nodes: 2 } });
  await declare('shared', { paused: true, image: 'example/image:2' });
  expect(await spec('shared')).toEqual({ nodes: 2, paused: true, image: 'example/image:2' });
});

test('a field of another tool is refused by its name, and taken over with --force', async () => {
  await declare('owned', { ...PAUSED, image: 'example/image:1' });
  const refused = await btcnet(['-n', namespace, 'apply', 'owned', '--image', 'example/image:2']);
  expect(refused.code).toBe(EXIT.refused);
  expect(refused.stderr).toMatch(/\.spec\.image.*"git".*--force/);
  expect(await spec('owned')).toMatchObject({ image: 'example/image:1' });
  expect((await btcnet(['-n', namespace, 'apply', 'owned', '--image', 'example/image:2', '--force'])).code).toBe(
    EXIT.ok,
  );
  expect(await spec('owned')).toMatchObject({ image: 'example/image:2' });
});

test('a manifest is all that is declared: what it no longer mentions goes, but never the number of nodes', async () => {
  const declared = { namespace, name: 'whole' };
  expect((await client.apply({ ...declared, spec: { ...PAUSED, image: 'example/image:1' } })).outcome).toBe('created');
  expect((await client.apply({ ...declared, spec: { ...PAUSED, image: 'example/image:1' } })).outcome).toBe(
    'unchanged',
  );
  await client.apply({ ...declared, spec: { secret: 'other' } }, { keep: true });
  expect(await spec('whole')).toEqual({ ...PAUSED, image: 'example/image:1', secret: 'other' });
  await client.apply({ ...declared, spec: { paused: true } });
  expect(await spec('whole')).toEqual(PAUSED);
  await kubectl('-n', namespace, 'scale', 'bitcoinnetwork/whole', '--replicas=3');
  await client.apply({ ...declared, spec: { paused: true } });
  expect(await spec('whole')).toEqual({ ...PAUSED, nodes: 3 });
});

test.each([
  ['a negative number', { nodes: -1 }, 'spec.nodes'],
  ['a field that does not exist', { nodes: 1, nodez: 1 }, 'spec.nodez'],
  ['a bad name of a Secret', { nodes: 1, secret: 'Not A Name' }, 'spec.secret'],
  ['an unknown implementation', { nodes: 1, implementation: 'bcoin' }, 'spec.implementation'],
])('%s is refused, naming the field, and nothing is made', async (_case, fields, field) => {
  const { code, stderr } = await btcnet(['apply', '-f', '-'], { input: manifest('bad', fields) });
  expect(code).toBe(EXIT.refused);
  expect(stderr).toContain(field);
  expect(await kubectl('-n', namespace, 'get', 'bitcoinnetworks', 'bad', '--ignore-not-found')).toBe('');
});

test('of several documents none is applied when one is no network', async () => {
  const input = `${manifest('first', PAUSED)}\n---\n{"kind": "Secret"}`;
  expect((await btcnet(['apply', '-f', '-'], { input })).code).toBe(EXIT.refused);
  expect(await kubectl('-n', namespace, 'get', 'bitcoinnetworks', 'first', '--ignore-not-found')).toBe('');
});

test('a namespace that is missing and a cluster that is away are told apart', async () => {
  const missing = await btcnet(['-n', `${namespace}-missing`, 'apply', 'one', '--nodes', '1']);
  expect(missing).toMatchObject({ code: EXIT.notFound });
  expect(missing.stderr).toContain(`${namespace}-missing`);
  const kubeconfig = JSON.stringify({
    'current-context': 'away',
    contexts: [{ name: 'away', context: { cluster: 'away', user: 'away' } }],
    clusters: [{ name: 'away', cluster: { server: `https://${NOWHERE}` } }],
    users: [{ name: 'away', user: { token: 'none' } }],
  });
  const directory = mkdtempSync(join(tmpdir(), 'btcnet-client-'));
  const file = join(directory, 'kubeconfig');
  writeFileSync(file, kubeconfig);
  const away = await btcnet(['--kubeconfig', file, 'list']);
  rmSync(directory, { recursive: true });
  expect(away).toMatchObject({ code: EXIT.unreachable, stdout: '' });
  expect(away.stderr).toContain(`https://${NOWHERE} (ECONNREFUSED)`);
});
