/** Writing the status. */
import { expect, test } from '@jest/globals';
import { readFacts } from '../../../activities/kubernetes/facts.ts';
import { getNetwork } from '../../../activities/kubernetes/network.ts';
import { NETWORKS, pathOf } from '../../../activities/kubernetes/objects.ts';
import { updateStatus, writeStatus } from '../../../activities/kubernetes/status.ts';
import type { BitcoinNetwork, NetworkFacts } from '../../../workflows/facts.ts';
import { MAX_NODES, NAME_MAX_LENGTH } from '../../../workflows/names.ts';
import type { NetworkRef } from '../../../workflows/observation.ts';
import { aReport, pods } from '../../support/facts.ts';
import { administer, meddle, useCluster } from './cluster-under-test.ts';

const bench = useCluster();
const nothing = { peers: null, failures: {} };

async function factsOf(ref: NetworkRef): Promise<NetworkFacts & { network: BitcoinNetwork }> {
  const { facts } = await readFacts(bench.writer.cluster, ref, bench.writer.defaults);
  if (facts.network === null) throw new Error('no network');
  return { ...facts, network: facts.network };
}

test('a status that says the same is not written again', async () => {
  const { ref } = await bench.aNetwork('same');
  expect(await updateStatus(bench.writer, ref, nothing)).toBe('written');
  const written = await getNetwork(bench.writer.cluster, ref);
  expect(written?.status).toMatchObject({ observedGeneration: 1, replicas: 0, readyNodes: 0, nodes: [] });
  expect(bench.writer.ownWrites.statusWrittenAt(ref.uid)).not.toBeNull();
  expect(bench.writer.ownWrites.has(written?.metadata ?? { uid: '', resourceVersion: '' })).toBe(true);
  expect(await updateStatus(bench.writer, ref, nothing)).toBe('unchanged');
  expect((await getNetwork(bench.writer.cluster, ref))?.metadata.resourceVersion).toBe(
    written?.metadata.resourceVersion,
  );
});

test('a status of facts that are out of date is refused, and written when they are read again', async () => {
  const { ref } = await bench.aNetwork('stale', { nodes: 1 });
  const facts = await factsOf(ref);
  await meddle(bench.admin, NETWORKS, ref, { metadata: { labels: { a: 'b' } } });
  await expect(writeStatus(bench.writer, facts)).rejects.toMatchObject({ status: 409 });
  expect(await updateStatus(bench.writer, ref, nothing)).toBe('written');
});

test('a network of another UID gets no status', async () => {
  const { ref } = await bench.aNetwork('another');
  await expect(updateStatus(bench.writer, { ...ref, uid: 'other' }, nothing)).rejects.toMatchObject({
    failure: { reason: 'NotFound' },
  });
});

test('fields that no longer apply are removed', async () => {
  const { ref } = await bench.aNetwork('chain', { nodes: 3 });
  const facts = await factsOf(ref);
  await writeStatus(bench.writer, { ...facts, pods: pods(3), replicas: 3, peers: aReport(3) });
  expect((await getNetwork(bench.writer.cluster, ref))?.status?.chain).toMatchObject({ height: 101 });
  await meddle(bench.admin, NETWORKS, ref, { spec: { nodes: 0 } });
  await updateStatus(bench.writer, ref, nothing);
  expect((await getNetwork(bench.writer.cluster, ref))?.status).not.toHaveProperty('chain');
});

test('a condition that changes becomes an event that kubectl describe shows', async () => {
  const { ref } = await bench.aNetwork('told', { nodes: 3 });
  const facts = await factsOf(ref);
  await writeStatus(bench.writer, { ...facts, pods: pods(3), replicas: 3, peers: aReport(3), credentials: 'ours' });
  const path = `/api/v1/namespaces/${ref.namespace}/events?fieldSelector=involvedObject.name%3D${ref.name}`;
  const { items } = (await administer(bench.admin, 'GET', path)) as {
    items: { reason: string; involvedObject: { uid: string; kind: string } }[];
  };
  expect(items.map(({ reason }) => reason)).toContain('Peered');
  expect(items[0]?.involvedObject).toMatchObject({ kind: 'BitcoinNetwork', uid: ref.uid });
});

/** What etcd takes in one request, unless its `--max-request-bytes` says otherwise. */
const ETCD_MAX_BYTES = 1.5 * 1024 * 1024;

/** The longest address that the resource takes: of the kind that stands for an IPv4 address among those of IPv6. */
const LONGEST_IP = 'ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255';

test('the status of the largest network with the longest names fits into etcd, again and again, with room to spare', async () => {
  const { ref } = await bench.aNetwork('n'.repeat(NAME_MAX_LENGTH), { nodes: MAX_NODES });
  const many = pods(MAX_NODES, { ip: LONGEST_IP, ready: false });
  const first = await factsOf(ref);
  expect(await writeStatus(bench.writer, { ...first, pods: many, replicas: MAX_NODES })).toBe('written');

  const second = await factsOf(ref);
  const changed = many.map((pod) => (pod.ordinal === MAX_NODES - 1 ? { ...pod, ready: true } : pod));
  expect(await writeStatus(bench.writer, { ...second, pods: changed, replicas: MAX_NODES })).toBe('written');

  const path = pathOf(NETWORKS, ref.namespace, ref.name);
  const network = (await administer(bench.admin, 'GET', path)) as BitcoinNetwork & {
    metadata: { managedFields: unknown };
  };
  expect(network.status?.nodes).toHaveLength(MAX_NODES);
  expect(network.status?.nodes?.at(-1)).toMatchObject({ ip: LONGEST_IP, ready: true });
  const longerNamespace = 63 - ref.namespace.length;
  const bytes = JSON.stringify(network).length + longerNamespace;
  expect(bytes).toBeLessThan(0.9 * ETCD_MAX_BYTES);
  expect(JSON.stringify(network.metadata.managedFields).length).toBeLessThan(4096);
});
