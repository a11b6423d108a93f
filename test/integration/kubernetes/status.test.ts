/** Writing the status. */
import { expect, test } from '@jest/globals';
import { readFacts } from '../../../activities/kubernetes/facts.ts';
import { getNetwork } from '../../../activities/kubernetes/network.ts';
import { NETWORKS } from '../../../activities/kubernetes/objects.ts';
import { updateStatus, writeStatus } from '../../../activities/kubernetes/status.ts';
import type { BitcoinNetwork, NetworkFacts } from '../../../workflows/facts.ts';
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

test('the status of 5,000 nodes fits', async () => {
  const { ref } = await bench.aNetwork('n'.repeat(48), { nodes: 5000 });
  const facts = await factsOf(ref);
  const many = pods(5000).map((pod) => ({ ...pod, ip: '255.255.255.255' }));
  expect(await writeStatus(bench.writer, { ...facts, pods: many, peers: aReport(5000) })).toBe('written');
  const network = await getNetwork(bench.writer.cluster, ref);
  expect(network?.status?.nodes).toHaveLength(5000);
});
