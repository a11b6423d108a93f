import { describe, expect, test } from '@jest/globals';
import { RpcFault } from '../../activities/bitcoin/rpc-fault.ts';
import { NodeRounds } from '../../activities/node-rounds.ts';
import { keepAsking } from '../../activities/watch-nodes.ts';
import { lookIntervalMs, untilLookMs } from '../../workflows/node-watch.ts';
import { WatchedCluster } from './watched-cluster.ts';

const HIGHER = { height: 202, tip: 'cd'.repeat(32) };
const STRANGER = '10.9.9.9:18444';

function rounds(cluster: WatchedCluster, name = 'one'): NodeRounds {
  return new NodeRounds(cluster.deps, cluster.memory, `default/${name}`, new AbortController().signal);
}

/** Time passes while the second look is waited for. */
function withTime(cluster: WatchedCluster): WatchedCluster {
  cluster.hinder = () => {
    cluster.nowMs += 1_000;
    return Promise.resolve();
  };
  return cluster;
}

describe('a look at the nodes of a network', () => {
  test('asks the API server for owner and credentials once, and for nothing while nothing changes', async () => {
    const cluster = new WatchedCluster();
    cluster.add('one');
    const one = rounds(cluster);
    for (let look = 0; look < 5; look += 1) await one.look();
    expect(cluster.calls).toEqual(['GET StatefulSet', 'GET Secret']);
    expect(cluster.posts.get('one-sts-0')).toBe(5);
    expect(cluster.wakes).toEqual([]);
  });

  test('writes a new height once, on condition that nobody else has written meanwhile', async () => {
    const cluster = new WatchedCluster();
    const { metadata } = cluster.add('one');
    const one = rounds(cluster);
    Object.assign(cluster.state, HIGHER);
    cluster.nowMs = Date.parse('2026-02-02T00:00:00.000Z');
    for (let look = 0; look < 3; look += 1) await one.look();
    expect(cluster.calls.slice(2)).toEqual(['GET BitcoinNetwork', 'PATCH BitcoinNetwork/status']);
    expect(cluster.patches[0]?.metadata).toEqual({ uid: metadata.uid, resourceVersion: '1' });
    expect(Object.keys(cluster.patches[0]?.status ?? {}).sort()).toEqual(['chain', 'conditions']);
    expect(cluster.network('one').status?.chain).toEqual({ ...HIGHER, seenAt: '2026-02-02T00:00:00.000Z' });
    expect(cluster.wakes).toEqual([]);
  });

  test('of two that see the same at the same time one writes, and the other is content', async () => {
    const cluster = new WatchedCluster();
    cluster.add('one');
    cluster.nowMs = Date.parse('2026-02-02T00:00:00.000Z');
    const pair = [rounds(cluster), rounds(cluster)];
    Object.assign(cluster.state, HIGHER);
    await Promise.all(pair.map((one) => one.look()));
    expect(cluster.patches).toHaveLength(1);
    expect(cluster.network('one').status?.chain?.height).toBe(202);
  });

  test.each([
    ['paused', { spec: { nodes: 1, paused: true } }],
    ['that its workflow has not come to yet', { status: {} }],
  ])('is not taken at a network %s', async (_what, changed) => {
    const cluster = new WatchedCluster();
    cluster.add('one', (network) => ({ ...network, ...changed }));
    await rounds(cluster).look();
    expect([cluster.calls, cluster.posts.size]).toEqual([[], 0]);
  });

  test('leaves a network alone that is being deleted, even when only the API server knows that yet', async () => {
    const cluster = new WatchedCluster();
    cluster.add('one');
    Object.assign(cluster.state, HIGHER);
    const dying = { deletionTimestamp: '2026-02-02T00:00:00Z' };
    cluster.change('one', (network) => ({ ...network, metadata: { ...network.metadata, ...dying } }), false);
    await rounds(cluster).look();
    expect(cluster.patches).toEqual([]);
  });

  test('does not take a pod of somebody else for a node', async () => {
    const cluster = new WatchedCluster();
    cluster.add('one');
    cluster.addPod('one', { ownerReferences: [] });
    cluster.memory.podsListed(null, []);
    cluster.addPod('one', {
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'x', uid: 'other', controller: true }],
    });
    await rounds(cluster).look();
    expect([cluster.calls, cluster.posts.size]).toEqual([['GET StatefulSet'], 0]);
  });

  test('reads the credentials again when its nodes are others, and when they refuse them', async () => {
    const cluster = new WatchedCluster();
    cluster.add('one');
    const one = rounds(cluster);
    const reads = (): number => cluster.calls.filter((call) => call === 'GET Secret').length;
    await one.look();
    cluster.addPod('one', {}, '10.0.0.2');
    await one.look();
    expect(reads()).toBe(2);
    cluster.hinder = (pod) => {
      cluster.nowMs += 31_000;
      return Promise.reject(new RpcFault('Unauthorized', pod, 401));
    };
    await one.look();
    await one.look();
    expect(reads()).toBeGreaterThan(2);
  });

  test('wakes the workflow of a network with a stranger after a second look, once', async () => {
    const cluster = withTime(new WatchedCluster());
    cluster.add('one');
    cluster.state.peers = [STRANGER];
    const one = rounds(cluster);
    await one.look();
    await one.look();
    expect(cluster.wakes).toEqual([{ name: 'one', why: '1 connections to strangers' }]);
    expect(cluster.posts.get('one-sts-0')).toBe(3);
  });

  test('tells it at the next look when it could not be told', async () => {
    const cluster = withTime(new WatchedCluster());
    cluster.add('one');
    cluster.state.peers = [STRANGER];
    const one = rounds(cluster);
    cluster.refuseWake = () => {
      throw new Error('no server');
    };
    await expect(one.look()).rejects.toThrow('no server');
    cluster.refuseWake = () => undefined;
    await one.look();
    expect(cluster.wakes).toHaveLength(1);
  });

  test('leaves out two looks in a row at a large network that its workflow is connecting, and not the third', async () => {
    const cluster = new WatchedCluster();
    cluster.add('one', (network) => ({
      ...network,
      spec: { nodes: 500 },
      status: { ...network.status, readyNodes: 0 },
    }));
    const one = rounds(cluster);
    const posts: number[] = [];
    for (let look = 0; look < 6; look += 1) {
      await one.look();
      posts.push(cluster.posts.get('one-sts-0') ?? 0);
    }
    expect(posts).toEqual([0, 0, 1, 1, 1, 2]);
  });

  test('leaves the second look out when the workflow came to work in between', async () => {
    const cluster = withTime(new WatchedCluster());
    cluster.add('one', (network) => ({ ...network, spec: { nodes: 500 } }));
    cluster.state.peers = [STRANGER];
    const one = rounds(cluster);
    const looking = one.look();
    await until(() => cluster.posts.get('one-sts-0') === 1);
    cluster.change('one', (network) => ({ ...network, status: { ...network.status, readyNodes: 7 } }));
    await looking;
    expect([cluster.posts.get('one-sts-0'), cluster.wakes]).toEqual([1, []]);
  });

  test('begins afresh with another network of the same name', async () => {
    const cluster = withTime(new WatchedCluster());
    cluster.add('one');
    cluster.state.peers = [STRANGER];
    const one = rounds(cluster);
    await one.look();
    cluster.change('one', (network) => ({ ...network, metadata: { ...network.metadata, uid: 'another' } }));
    await one.look();
    // Its StatefulSet still belongs to the first.
    expect(cluster.wakes).toHaveLength(1);
    expect(cluster.calls.slice(-1)).toEqual(['GET StatefulSet']);
  });
});

/** A name that begins so, of a network whose next regular look is soon. */
function nameOfSoon(beginning: string, nowMs: number): string {
  const names = Array.from({ length: 10_000 }, (_, number) => `${beginning}-${number}`);
  const found = names.find((name) => untilLookMs(nowMs, lookIntervalMs(1), `default/${name}`) < 50);
  if (found === undefined) throw new Error('no such name');
  return found;
}

async function until(isSo: () => boolean): Promise<void> {
  for (let look = 0; look < 400 && !isSo(); look += 1) await new Promise((resolve) => setTimeout(resolve, 25));
  expect(isSo()).toBe(true);
}

describe('asking all networks', () => {
  const asking = (cluster: WatchedCluster, isOwn: (name: string) => boolean = () => true) => {
    const stop = new AbortController();
    const done = keepAsking(cluster.deps, {
      isOwn: (_namespace, name) => isOwn(name),
      signal: stop.signal,
    });
    return { stop: () => (stop.abort(), done) };
  };

  test('goes on with the others while one does not answer and another makes mistakes, and ends at once', async () => {
    const cluster = new WatchedCluster();
    const [slow, bad, good] = ['slow', 'bad', 'good'].map((name) => nameOfSoon(name, cluster.nowMs));
    for (const name of [slow, bad, good]) cluster.add(name ?? '');
    cluster.hinder = (pod, { signal }) => {
      if (pod.startsWith('bad')) throw new Error('mistake');
      if (!pod.startsWith('slow')) return Promise.resolve();
      return new Promise((_, reject) => signal?.addEventListener('abort', reject));
    };
    const { stop } = asking(cluster);
    const posts = (name = ''): number => cluster.posts.get(`${name}-sts-0`) ?? 0;
    await until(() => posts(good) > 1 && posts(bad) > 1 && posts(slow) === 1);
    await stop();
    expect(cluster.lines_).toContain('Nodes not looked after');
  });

  test('leaves the networks of other node watches to them', async () => {
    const cluster = new WatchedCluster();
    const mine = nameOfSoon('mine', cluster.nowMs);
    const theirs = nameOfSoon('theirs', cluster.nowMs);
    for (const name of [mine, theirs]) cluster.add(name);
    const { stop } = asking(cluster, (name) => name === mine);
    await until(() => (cluster.posts.get(`${mine}-sts-0`) ?? 0) > 3);
    await stop();
    expect([...cluster.posts.keys()]).toEqual([`${mine}-sts-0`]);
  });
});
