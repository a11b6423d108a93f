/** The watch over a real API server, through connections that are cut. */
import { afterEach, expect, test } from '@jest/globals';
import { ensureService, ensureStatefulSet } from '../../../activities/kubernetes/children.ts';
import { ensureCredentials } from '../../../activities/kubernetes/credentials.ts';
import { NETWORKS, pathOf, SERVICES, STATEFUL_SETS } from '../../../activities/kubernetes/objects.ts';
import { removeNetwork } from '../../../activities/kubernetes/remove.ts';
import { updateStatus } from '../../../activities/kubernetes/status.ts';
import { ClusterView } from '../../../activities/kubernetes/cluster-view.ts';
import type { Cluster } from '../../../activities/kubernetes/cluster.ts';
import { watchNetworks } from '../../../activities/kubernetes/watch.ts';
import type { WatchRequest } from '../../../activities/kubernetes/watch.ts';
import type { NetworkRef } from '../../../workflows/observation.ts';
import { administer, eventually, meddle, recording, useCluster } from './cluster-under-test.ts';
import type { Line } from './cluster-under-test.ts';
import { killWorker, runWorker } from '../../support/stack.ts';
import { relayTo } from './relay.ts';

const bench = useCluster();
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

interface Watching {
  /** Wakes of one network since the last call. */
  wakes: (name: string) => { live: boolean; why: string }[];
  started: Set<string>;
  lines: Line[];
}

async function watching(cluster: Cluster, more: Partial<WatchRequest> = {}): Promise<Watching> {
  const seen: { name: string; live: boolean; why: string }[] = [];
  const started = new Set<string>();
  const lines: Line[] = [];
  const stop = new AbortController();
  const done = watchNetworks({
    view: cluster === bench.writer.cluster ? bench.writer.view : new ClusterView(cluster, [bench.namespace]),
    wake: (_namespace, name, about) => {
      seen.push({ name, ...about });
    },
    ensureStarted: (_namespace, name) => {
      started.add(name);
    },
    running: () => Promise.resolve([]),
    heartbeat: () => undefined,
    ownWrites: bench.writer.ownWrites,
    log: recording(lines),
    signal: stop.signal,
    ...more,
  });
  stops.push(async () => {
    stop.abort();
    await done;
  });
  const take = (name: string): { live: boolean; why: string }[] => {
    const mine = seen.filter((wake) => wake.name === name);
    seen.splice(0, seen.length, ...seen.filter((wake) => wake.name !== name));
    return mine.map(({ live, why }) => ({ live, why }));
  };
  await eventually(
    () => lines.filter(({ message }) => message === 'Watching').length,
    (count) => count === 4,
  );
  return { wakes: take, started, lines };
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 700));
const ensureAll = async (ref: NetworkRef): Promise<void> => {
  await ensureCredentials(bench.writer, ref);
  await ensureService(bench.writer, ref);
  await ensureStatefulSet(bench.writer, ref);
};

test('a network that appears, changes and goes wakes its workflow', async () => {
  const { wakes } = await watching(bench.writer.cluster);
  const { ref } = await bench.aNetwork('seen');
  const next = (): Promise<{ live: boolean; why: string }[]> =>
    eventually(
      () => wakes('seen'),
      (all) => all.length > 0,
    );
  expect(await next()).toEqual([{ live: true, why: 'network appeared' }]);
  await settle();
  await meddle(bench.admin, NETWORKS, ref, { spec: { nodes: 1 } });
  expect(await next()).toEqual([{ live: true, why: 'network changed' }]);
  await administer(bench.admin, 'DELETE', pathOf(NETWORKS, ref.namespace, ref.name));
  expect((await next()).at(-1)).toEqual({ live: false, why: 'network is gone' });
});

test('what the worker writes itself, and the status, wake nobody', async () => {
  const { ref } = await bench.aNetwork('echo');
  const { wakes } = await watching(bench.writer.cluster);
  await settle();
  wakes('echo');
  await ensureAll(ref);
  await updateStatus(bench.writer, ref, { peers: null, failures: {} });
  await meddle(bench.admin, NETWORKS, ref, { status: { replicas: 7 } }, 'status');
  await settle();
  // The news of a creation may come before the answer to it: only then does it look like somebody else's.
  expect(wakes('echo').filter(({ why }) => !why.endsWith('appeared'))).toEqual([]);
});

test('a child that somebody changes or deletes wakes its network, even without the label that names it', async () => {
  const { ref } = await bench.aNetwork('children');
  await ensureAll(ref);
  const { wakes } = await watching(bench.writer.cluster);
  await settle();
  wakes('children');
  const one = (): Promise<{ live: boolean; why: string }[]> =>
    eventually(
      () => wakes('children'),
      (all) => all.length > 0,
    );
  const service = { namespace: ref.namespace, name: 'children-svc' };
  await meddle(bench.admin, SERVICES, service, { spec: { selector: { a: 'b' } } });
  expect(await one()).toMatchObject([{ why: 'Service children-svc changed' }]);
  await meddle(bench.admin, SERVICES, service, { metadata: { labels: { 'app.kubernetes.io/instance': null } } });
  expect(await one()).toMatchObject([{ why: 'Service children-svc changed' }]);
  await meddle(bench.admin, SERVICES, service, { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } });
  expect(await one()).toMatchObject([{ why: 'Service children-svc is gone' }]);
  await administer(bench.admin, 'DELETE', pathOf(STATEFUL_SETS, ref.namespace, 'children-sts'));
  expect((await one()).at(-1)?.why).toMatch(/StatefulSet/);
});

test('at the beginning only networks whose status disagrees are woken, and those that have one are started', async () => {
  const { ref } = await bench.aNetwork('content');
  await ensureAll(ref);
  await updateStatus(bench.writer, ref, { peers: null, failures: {} });
  // Not paused: nobody may serve this cluster, or the network gets children and a status in the meantime.
  killWorker();
  stops.push(async () => {
    await runWorker();
  });
  const discontent = await bench.aNetwork('discontent', { nodes: 1, secret: 'missing', paused: false });
  const { wakes, started } = await watching(bench.writer.cluster);
  await settle();
  expect(wakes('content')).toEqual([]);
  expect(wakes('discontent')).toEqual([{ live: true, why: 'status is out of date' }]);
  expect([...started]).toContain('content');
  // It has no status yet: its wake, which comes when it is its turn, starts it.
  expect([...started]).not.toContain('discontent');
  await removeNetwork(bench.writer, discontent.ref, { timeoutMs: 20_000 });
});

test('nothing is lost while the connection is cut', async () => {
  const relay = await relayTo(bench.writer.cluster);
  stops.unshift(() => relay.close());
  const { ref } = await bench.aNetwork('cut');
  const gone = await bench.aNetwork('cut-gone');
  const { wakes, lines } = await watching(relay.cluster);
  await settle();
  wakes('cut');
  wakes('cut-gone');
  for (const nodes of [1, 2]) {
    relay.cut();
    await meddle(bench.admin, NETWORKS, ref, { spec: { nodes } });
    await removeNetwork(bench.writer, gone.ref, { timeoutMs: 10_000 });
    await settle();
    expect(wakes('cut')).toEqual([]);
    relay.mend();
    await eventually(
      () => wakes('cut'),
      (all) => all.some(({ live, why }) => live && why === 'network changed'),
    );
  }
  expect(wakes('cut-gone').at(-1)).toEqual({ live: false, why: 'network is gone' });
  expect(lines.some(({ level, message }) => level === 'warn' && message === 'Watch interrupted')).toBe(true);
});

test('a mistake in what the watch calls does not end it', async () => {
  let calls = 0;
  await watching(bench.writer.cluster, {
    wake: () => {
      calls += 1;
      if (calls % 2 === 0) throw new Error('mistake');
      return Promise.reject(new Error('mistake'));
    },
    ensureStarted: () => {
      throw new Error('mistake');
    },
    heartbeat: () => {
      throw new Error('mistake');
    },
  });
  const { ref } = await bench.aNetwork('mistake');
  for (const nodes of [1, 2, 3]) {
    const before = calls;
    await settle();
    await meddle(bench.admin, NETWORKS, ref, { spec: { nodes } });
    await eventually(
      () => calls,
      (now) => now > before,
    );
  }
});

test('a thousand calls use a handful of connections', async () => {
  const relay = await relayTo(bench.writer.cluster);
  stops.unshift(() => relay.close());
  const path = pathOf(NETWORKS, bench.namespace);
  const call = (): Promise<unknown> =>
    relay.cluster.call({ method: 'GET', path, subject: { verb: 'list', kind: 'x' } });
  for (let round = 0; round < 100; round += 1) await Promise.all(Array.from({ length: 10 }, call));
  expect(relay.connections()).toBeLessThanOrEqual(12);
});
