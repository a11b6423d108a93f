/** Service, StatefulSet and Secrets: made once, put back, never taken over. */
import { expect, test } from '@jest/globals';
import { ensureService, ensureStatefulSet } from '../../../activities/kubernetes/children.ts';
import { ensureCredentials } from '../../../activities/kubernetes/credentials.ts';
import { readFacts } from '../../../activities/kubernetes/facts.ts';
import { get, NETWORKS, pathOf, SECRETS, SERVICES, STATEFUL_SETS } from '../../../activities/kubernetes/objects.ts';
import type { Kind, Live } from '../../../activities/kubernetes/objects.ts';
import { ownerReference } from '../../../activities/kubernetes/ownership.ts';
import { scaleNetwork } from '../../../activities/kubernetes/network.ts';
import type { NetworkFacts } from '../../../workflows/facts.ts';
import type { NetworkRef } from '../../../workflows/observation.ts';
import { administer, create, eventually, meddle, useCluster } from './cluster-under-test.ts';

const bench = useCluster();

const ensureAll = async (ref: NetworkRef): Promise<string[]> => [
  await ensureCredentials(bench.writer, ref),
  await ensureService(bench.writer, ref),
  await ensureStatefulSet(bench.writer, ref),
];
const factsOf = async (ref: NetworkRef): Promise<NetworkFacts> =>
  (await readFacts(bench.writer.cluster, ref, bench.writer.defaults)).facts;
const eventsOf = async (ref: NetworkRef): Promise<string[]> => {
  const path = `/api/v1/namespaces/${ref.namespace}/events?fieldSelector=involvedObject.uid%3D${ref.uid}`;
  const { items } = (await administer(bench.admin, 'GET', path)) as { items: { reason: string }[] };
  return items.map(({ reason }) => reason).sort();
};
/** Everything but what the API server and its controllers keep for themselves. */
const declared = (object: (Live & { spec?: unknown; data?: unknown }) | null): object => {
  const { labels, annotations, ownerReferences, uid } = object?.metadata ?? {};
  return { uid, labels, annotations, ownerReferences, spec: object?.spec, data: object?.data };
};
const secretOf = (values: Record<string, string>): object => ({ stringData: values });

test('children are made once, and what the API server adds is no drift', async () => {
  const { ref } = await bench.aNetwork('made');
  expect(await factsOf(ref)).toMatchObject({ credentials: 'missing', service: 'missing', statefulSet: 'missing' });
  expect(await ensureAll(ref)).toEqual(['created', 'created', 'created']);
  expect(await factsOf(ref)).toMatchObject({ credentials: 'ours', service: 'ours', statefulSet: 'ours', replicas: 0 });
  expect(await ensureAll(ref)).toEqual(['unchanged', 'unchanged', 'unchanged']);
  expect(await eventsOf(ref)).toEqual(['ServiceCreated', 'StatefulSetCreated']);
});

test.each<[string, Kind<Live>, string, unknown, keyof NetworkFacts]>([
  ['replicas', STATEFUL_SETS, 'sts', { spec: { replicas: 2 } }, 'statefulSet'],
  [
    'labels of the template',
    STATEFUL_SETS,
    'sts',
    { spec: { template: { metadata: { labels: { [`app.kubernetes.io/name`]: 'x' } } } } },
    'statefulSet',
  ],
  ['labels of the set', STATEFUL_SETS, 'sts', { metadata: { labels: { app: null } } }, 'statefulSet'],
  ['selector', SERVICES, 'svc', { spec: { selector: { zone: 'moon' } } }, 'service'],
  ['ports', SERVICES, 'svc', { spec: { ports: [{ name: 'rpc', port: 1 }] } }, 'service'],
  ['a file of the nodes', SECRETS, 'node', { data: { 'btcd.conf': 'eA==' } }, 'credentials'],
])('%s that somebody changed are put back', async (what, kind, suffix, change, fact) => {
  const { ref } = await bench.aNetwork(`changed-${what.replaceAll(' ', '-')}`);
  await ensureAll(ref);
  await meddle(bench.admin, kind, { namespace: ref.namespace, name: `${ref.name}-${suffix}` }, change);
  expect((await factsOf(ref))[fact]).toBe('drifted');
  expect(await ensureAll(ref)).toContain(what === 'replicas' ? 'scaled' : 'restored');
  expect((await factsOf(ref))[fact]).toBe('ours');
});

test('a selector is put back exactly, without the key that somebody added', async () => {
  const { ref } = await bench.aNetwork('selector');
  await ensureAll(ref);
  const at = { namespace: ref.namespace, name: 'selector-svc' };
  await meddle(bench.admin, SERVICES, at, { spec: { selector: { zone: 'moon' } } });
  await ensureService(bench.writer, ref);
  const service = await get(bench.writer.cluster, SERVICES, ref.namespace, at.name);
  expect(service?.spec?.selector).toEqual({ app: 'selector', 'app.kubernetes.io/managed-by': 'btcnet' });
});

test('a declared number of nodes reaches the set', async () => {
  const { ref } = await bench.aNetwork('grown');
  await ensureAll(ref);
  await scaleNetwork(bench.writer, ref, 1);
  expect((await factsOf(ref)).statefulSet).toBe('drifted');
  expect(await ensureStatefulSet(bench.writer, ref)).toBe('scaled');
  expect(await eventsOf(ref)).toContain('StatefulSetScaled');
  await scaleNetwork(bench.writer, ref, 0);
  await ensureStatefulSet(bench.writer, ref);
});

test.each<[string, Kind<Live>, string, object]>([
  ['Service', SERVICES, 'svc', { spec: { ports: [{ port: 80 }] } }],
  ['Secret', SECRETS, 'node', {}],
  [
    'StatefulSet',
    STATEFUL_SETS,
    'sts',
    {
      spec: {
        replicas: 0,
        serviceName: 'x',
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'x', image: 'x' }] } },
      },
    },
  ],
])("somebody else's %s of the name is left alone", async (what, kind, suffix, object) => {
  const { ref } = await bench.aNetwork(`foreign-${what.toLowerCase()}`);
  const name = `${ref.name}-${suffix}`;
  await create(bench.admin, kind, ref.namespace, { metadata: { name }, ...object });
  const before = await get(bench.admin, kind, ref.namespace, name);
  const fact = { Service: 'service', Secret: 'credentials', StatefulSet: 'statefulSet' }[what] as keyof NetworkFacts;
  expect((await factsOf(ref))[fact]).toBe('foreign');
  await expect(ensureAll(ref)).rejects.toMatchObject({ failure: { reason: 'ChildConflict' }, permanent: true });
  const after = await get(bench.admin, kind, ref.namespace, name);
  expect(declared(after)).toEqual(declared(before));
});

test('a child of a deleted network of the same name is waited for', async () => {
  const { ref } = await bench.aNetwork('successor');
  const predecessor = ownerReference({ name: ref.name, uid: '00000000-0000-4000-8000-000000000000' });
  // A finalizer keeps garbage collection from being faster than the test.
  const metadata = { name: 'successor-svc', ownerReferences: [predecessor], finalizers: ['btcnet.test/hold'] };
  await create(bench.admin, SERVICES, ref.namespace, { metadata, spec: { ports: [{ port: 80 }] } });
  expect((await factsOf(ref)).service).toBe('dying');
  await expect(ensureService(bench.writer, ref)).rejects.toMatchObject({ failure: { reason: 'ChildConflict' } });
  await meddle(
    bench.admin,
    SERVICES,
    { namespace: ref.namespace, name: 'successor-svc' },
    { metadata: { finalizers: null } },
  );
  await eventually(
    () => get(bench.admin, SERVICES, ref.namespace, 'successor-svc'),
    (found) => found === null,
  );
  expect(await ensureService(bench.writer, ref)).toBe('created');
});

test('a Secret that is missing, or lacks a key, is named; then it is taken up, and followed when it changes', async () => {
  const { ref } = await bench.aNetwork('own-secret', { secret: 'mine' });
  const failing = (reason: string, text: string): Promise<void> =>
    expect(ensureCredentials(bench.writer, ref)).rejects.toMatchObject({
      failure: { reason, message: expect.stringContaining(text) },
    });
  const at = { namespace: ref.namespace, name: 'mine' };
  await failing('SecretMissing', `${ref.namespace}/mine`);
  await create(bench.admin, SECRETS, ref.namespace, { metadata: { name: 'mine' }, ...secretOf({ BC_RPC_USER: 'me' }) });
  await failing('SecretIncomplete', 'BC_RPC_PASSWORD');
  await meddle(bench.admin, SECRETS, at, secretOf({ BC_RPC_PASSWORD: 'correct horse; "battery" #1' }));
  expect(await ensureCredentials(bench.writer, ref)).toBe('created');
  const certificate = (await get(bench.writer.cluster, SECRETS, ref.namespace, 'own-secret-node'))?.data?.['tls.crt'];
  await meddle(bench.admin, SECRETS, at, secretOf({ BC_RPC_PASSWORD: 'changed' }));
  expect((await factsOf(ref)).credentials).toBe('drifted');
  expect(await ensureCredentials(bench.writer, ref)).toBe('restored');
  const after = await get(bench.writer.cluster, SECRETS, ref.namespace, 'own-secret-node');
  expect(after?.data?.['tls.crt']).toBe(certificate);
  await administer(bench.admin, 'DELETE', pathOf(SECRETS, ref.namespace, 'mine'));
  expect((await factsOf(ref)).credentials).toBe('drifted');
  await failing('SecretMissing', `${ref.namespace}/mine`);
});

test('no credential and no key is ever logged', () => {
  expect(bench.lines.length).toBeGreaterThan(0);
  expect(JSON.stringify(bench.lines)).not.toMatch(/battery|PRIVATE KEY/);
});

test('a network that is gone is told so, by every step', async () => {
  const { ref } = await bench.aNetwork('gone');
  await administer(bench.admin, 'DELETE', pathOf(NETWORKS, ref.namespace, ref.name));
  for (const step of [ensureCredentials, ensureService, ensureStatefulSet]) {
    await expect(step(bench.writer, ref)).rejects.toMatchObject({ failure: { reason: 'NotFound' } });
  }
});
