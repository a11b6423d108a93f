/** A network with a real node: from nothing to ready to gone. */
import { afterEach, expect, test } from '@jest/globals';
import { ensureService, ensureStatefulSet } from '../../../activities/kubernetes/children.ts';
import { ensureCredentials } from '../../../activities/kubernetes/credentials.ts';
import { readFacts } from '../../../activities/kubernetes/facts.ts';
import { deleteNetwork, getNetwork } from '../../../activities/kubernetes/network.ts';
import { readNodes } from '../../../activities/kubernetes/node-source.ts';
import { NETWORKS, pathOf } from '../../../activities/kubernetes/objects.ts';
import { awaitPodReadiness, readinessOf } from '../../../activities/kubernetes/readiness.ts';
import { remains, removeNetwork } from '../../../activities/kubernetes/remove.ts';
import type { NetworkFacts } from '../../../workflows/facts.ts';
import type { NetworkRef } from '../../../workflows/observation.ts';
import { administer, eventually, TEST_TIMEOUT_MS, useCluster } from './cluster-under-test.ts';

const bench = useCluster();
const removing = { timeoutMs: TEST_TIMEOUT_MS / 2 };

const ensureAll = async (ref: NetworkRef): Promise<void> => {
  await ensureCredentials(bench.writer, ref);
  await ensureService(bench.writer, ref);
  await ensureStatefulSet(bench.writer, ref);
};
const readyPods = (ref: NetworkRef): Promise<number> =>
  readNodes(bench.writer.cluster, ref, bench.writer.defaults).then(({ members }) => members.length);

async function untilReady(ref: NetworkRef, nodes: number): Promise<void> {
  const { cluster, defaults, view } = bench.writer;
  for (;;) {
    const { facts } = await readFacts(cluster, ref, defaults, { view });
    if (facts.pods.filter(({ ready }) => ready).length === nodes) return;
    const found = await awaitPodReadiness(bench.writer, ref, {
      readiness: readinessOf(facts),
      timeoutMs: TEST_TIMEOUT_MS / 2,
    });
    expect(found).toBe('changed');
  }
}

test('a node becomes ready, can be asked, and is gone with its network', async () => {
  const { ref } = await bench.aNetwork('one', { nodes: 1 });
  await ensureAll(ref);
  await untilReady(ref, 1);
  const { members, leavingAddresses, access } = await readNodes(bench.writer.cluster, ref, bench.writer.defaults);
  expect(members).toMatchObject([{ ordinal: 0, pod: 'one-sts-0', host: `one-sts-0.one-svc.${ref.namespace}.svc` }]);
  expect(members[0]?.startedAt).toEqual(expect.any(String));
  expect(leavingAddresses).toEqual([]);
  expect(access.ca).toContain('BEGIN CERTIFICATE');
  const { gone, removed } = await removeNetwork(bench.writer, ref, removing);
  expect(gone).toBe(true);
  expect(removed.nodes).toBe(1);
  expect(removed.objects.sort()).toEqual([
    'BitcoinNetwork one',
    'Secret one-node',
    'Secret one-rpc',
    'Service one-svc',
    'StatefulSet one-sts',
  ]);
  expect(await removeNetwork(bench.writer, ref, removing)).toEqual({
    gone: true,
    removed: { objects: [], nodes: 0 },
  });
});

/** Who wrote which field is not kept. */
const withoutManagers = ({ network, ...facts }: NetworkFacts): NetworkFacts => ({
  ...facts,
  network: network && { ...network, metadata: { ...network.metadata, ...{ managedFields: undefined } } },
});

let stop = new AbortController();
afterEach(() => {
  stop.abort();
  stop = new AbortController();
});

/** Follows everything until the test is over, as a process does that holds the watch. */
async function followed(): Promise<void> {
  const silent = { onList: () => undefined, onChange: () => undefined, onTrouble: () => undefined };
  const all = { networks: silent, services: silent, statefulSets: silent, pods: silent };
  void bench.writer.view.follow(all, { wakes: true, signal: stop.signal });
  await eventually(
    () => bench.writer.view.isLive(bench.namespace),
    (isLive) => isLive,
  );
}

test.each([
  ['follows the cluster', 'healed', followed],
  ['only asks', 'asked', () => Promise.resolve()],
])('a process that %s notices that a pod is deleted, and waits for another', async (_how, name, begin) => {
  await begin();
  const { ref } = await bench.aNetwork(name, { nodes: 1 });
  await ensureAll(ref);
  await untilReady(ref, 1);
  const { facts } = await readFacts(bench.writer.cluster, ref, bench.writer.defaults);
  const waiting = awaitPodReadiness(bench.writer, ref, {
    readiness: readinessOf(facts),
    timeoutMs: TEST_TIMEOUT_MS / 2,
  });
  await administer(bench.admin, 'DELETE', `/api/v1/namespaces/${ref.namespace}/pods/${name}-sts-0`);
  expect(await waiting).toBe('changed');
  await eventually(
    () => readyPods(ref),
    (count) => count === 1,
  );
  const after = await readFacts(bench.writer.cluster, ref, bench.writer.defaults);
  expect(after.facts.pods[0]?.uid).not.toBe(facts.pods[0]?.uid);
  const remembered = await readFacts(bench.writer.cluster, ref, bench.writer.defaults, { view: bench.writer.view });
  expect(withoutManagers(remembered.facts)).toEqual(withoutManagers(after.facts));
  await removeNetwork(bench.writer, ref, removing);
});

test('waiting ends with its time, with its signal, and with the network', async () => {
  const { cluster } = bench.writer;
  const { ref } = await bench.aNetwork('waiting', { nodes: 1 });
  const readiness = readinessOf((await readFacts(cluster, ref, bench.writer.defaults)).facts);
  expect(await awaitPodReadiness(bench.writer, ref, { readiness, timeoutMs: 300 })).toBe('timed-out');
  const stop = new AbortController();
  const stopped = awaitPodReadiness(bench.writer, ref, { readiness, timeoutMs: 30_000, signal: stop.signal });
  setTimeout(() => {
    stop.abort(new Error('enough'));
  }, 200);
  await expect(stopped).rejects.toThrow('enough');
  await deleteNetwork(cluster, ref);
  expect(await awaitPodReadiness(bench.writer, ref, { readiness, timeoutMs: 30_000 })).toBe('gone');
});

test('a network that was deleted with kubectl is followed to its end', async () => {
  const { ref } = await bench.aNetwork('deleted', { nodes: 0 });
  await ensureAll(ref);
  await administer(bench.admin, 'DELETE', pathOf(NETWORKS, ref.namespace, ref.name));
  expect((await removeNetwork(bench.writer, ref, removing)).gone).toBe(true);
  expect(await remains(bench.writer.cluster, ref)).toEqual([]);
});

test('a network that was made again under the same name is not touched', async () => {
  const { ref } = await bench.aNetwork('again');
  await ensureAll(ref);
  await removeNetwork(bench.writer, ref, removing);
  const successor = await bench.aNetwork('again');
  await ensureAll(successor.ref);
  expect(await deleteNetwork(bench.writer.cluster, ref)).toBe(false);
  expect(await removeNetwork(bench.writer, ref, removing)).toMatchObject({ gone: true, removed: { objects: [] } });
  expect((await getNetwork(bench.writer.cluster, ref))?.metadata.uid).toBe(successor.ref.uid);
});
