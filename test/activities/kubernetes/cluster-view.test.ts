/** What a process follows, and looks that are made from it. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readFacts } from '../../../activities/kubernetes/facts.ts';
import { NETWORKS, PODS, SERVICES, STATEFUL_SETS } from '../../../activities/kubernetes/objects.ts';
import { awaitPodReadiness, readinessOf } from '../../../activities/kubernetes/readiness.ts';
import { updateStatus } from '../../../activities/kubernetes/status.ts';
import { keepAsking } from '../../../activities/watch-nodes.ts';
import { podName, serviceName, statefulSetName } from '../../../workflows/names.ts';
import { FollowedNetwork, NAME, NAMESPACE, until } from './followed-network.ts';

const EVERYTHING = ['get BitcoinNetwork', 'get Secret', 'get Secret', 'get Service', 'get StatefulSet', 'list Pod'];
const SECRETS = ['get Secret', 'get Secret'];
const sorted = (...lists: string[][]): string[] => lists.flat().sort();

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function settled(spec: ConstructorParameters<typeof FollowedNetwork>[0] = {}): Promise<FollowedNetwork> {
  const network = new FollowedNetwork(spec);
  await network.settle();
  network.server.asked();
  return network;
}

async function followed(spec: ConstructorParameters<typeof FollowedNetwork>[0] = {}): Promise<FollowedNetwork> {
  const network = await settled(spec);
  stops.push(await network.follow());
  await network.settle();
  network.server.asked();
  return network;
}

describe('what a process follows', () => {
  test('is listed and watched once, however many follow it, until the last one leaves', async () => {
    const network = await settled();
    const ends = [await network.follow(), await network.follow()];
    const stop = new AbortController();
    const asking = keepAsking(network.deps, { isOwn: () => true, signal: stop.signal });
    ends.push(() => (stop.abort(), asking));
    await until(() => network.server.watched.length === 4);
    expect(network.server.asked()).toEqual(['list BitcoinNetwork', 'list Pod', 'list Service', 'list StatefulSet']);
    for (const end of ends.slice(0, 2)) await end();
    expect(network.view.isLive(NAMESPACE)).toBe(false);
    expect(network.server.watched).toEqual(['/api/v1/pods', expect.stringContaining('bitcoinnetworks')]);
    await ends.at(-1)?.();
    expect(network.server.watched).toEqual([]);
  });

  test('is told at once to whoever comes late, and a mistake of one is not felt by the others', async () => {
    const network = await followed();
    const [told, stop]: [string[], AbortController] = [[], new AbortController()];
    const mistaken = { onList: () => { throw new Error('mistake'); }, onChange: () => { throw new Error('mistake'); }, onTrouble: () => undefined }; // prettier-ignore
    const both = [
      network.view.follow({ pods: mistaken }, { signal: stop.signal }),
      network.view.follow(
        {
          pods: {
            onList: (scope, pods) => told.push(`${String(scope)} ${pods.length}`),
            onChange: (change, { name }) => told.push(`${change} ${name}`),
            onTrouble: () => undefined,
          },
        },
        { signal: stop.signal },
      ),
    ];
    expect(told).toEqual(['null 3']);
    network.server.remove(PODS, NAMESPACE, podName(NAME, 2));
    await until(() => told.length > 1);
    expect(told).toEqual(['null 3', `deleted ${podName(NAME, 2)}`]);
    stop.abort();
    await Promise.all(both);
  });
});

describe('the requests of a pass', () => {
  test('that finds nothing to do: six, and where everything is followed three', async () => {
    const network = await settled();
    expect((await network.pass()).settled).toBe(true);
    expect(network.server.asked()).toEqual(EVERYTHING);
    stops.push(await network.follow());
    network.server.asked();
    expect((await network.pass()).settled).toBe(true);
    expect(network.server.asked()).toEqual(['get BitcoinNetwork', ...SECRETS]);
  });

  test('that connects the nodes and reports it: a third of them, where everything is followed', async () => {
    const alone = await settled();
    alone.disconnect();
    expect((await alone.pass()).due).toEqual([['syncPeers'], ['updateStatus']]);
    const sync = ['get BitcoinNetwork', 'get Secret', 'get StatefulSet', 'list Pod'];
    expect(alone.server.asked()).toEqual(sorted(EVERYTHING, sync, EVERYTHING));

    const network = await followed();
    network.disconnect();
    expect((await network.pass()).due).toEqual([['syncPeers'], ['updateStatus']]);
    expect(network.server.asked()).toEqual(sorted(SECRETS, ['get Secret'], SECRETS, ['get BitcoinNetwork']));
    expect(network.dials).toHaveLength(6);
  });
});

describe('a look from memory', () => {
  let network: FollowedNetwork;
  beforeEach(async () => {
    network = await followed();
  });
  const look = async () => {
    const { deps, ref, view } = network;
    return readFacts(deps.cluster, ref, deps.defaults, { view });
  };

  test('finds the same as one that asks the API server', async () => {
    const { deps, ref } = network;
    const remembered = await look();
    const asked = await readFacts(deps.cluster, ref, deps.defaults);
    expect([remembered.remembered, asked.remembered]).toEqual([true, false]);
    expect(remembered.facts).toEqual(asked.facts);
    expect(remembered.nodes?.members).toEqual(asked.nodes?.members);
  });

  test('is not made once a connection is cut, and again when it has stood for a while', async () => {
    network.server.cut();
    await until(() => !network.view.isLive(NAMESPACE));
    network.server.asked();
    await network.look();
    expect(network.server.asked()).toEqual(EVERYTHING);
    await until(() => network.view.isLive(NAMESPACE));
    expect((await look()).remembered).toBe(true);
  });

  test('is not made while nobody wakes the networks', async () => {
    for (const stop of stops.splice(0)) await stop();
    const stop = new AbortController();
    const silent = { onList: () => undefined, onChange: () => undefined, onTrouble: () => undefined };
    const all = { networks: silent, services: silent, statefulSets: silent, pods: silent };
    const done = network.view.follow(all, { signal: stop.signal });
    await until(() => network.server.watched.length === 4);
    expect((await look()).remembered).toBe(false);
    stop.abort();
    await done;
  });

  test.each<[string, () => Promise<unknown>, () => Promise<unknown>]>([
    [
      'has written',
      () => network.deps.cluster.call({ method: 'PATCH', path: `/apis/apps/v1/namespaces/${NAMESPACE}/statefulsets/${statefulSetName(NAME)}`, body: { spec: { replicas: 7 } }, subject: { verb: 'patch', kind: 'StatefulSet', namespace: NAMESPACE, name: statefulSetName(NAME) } }), // prettier-ignore
      async () => (await look()).facts.replicas,
    ],
    [
      'has read',
      async () => {
        network.server.change(NETWORKS, NAMESPACE, NAME, { spec: { nodes: 7 } });
        await network.deps.cluster.call({ method: 'GET', path: `/apis/bitcoincontroller.christianb93.github.com/v1/namespaces/${NAMESPACE}/bitcoinnetworks/${NAME}`, subject: { verb: 'get', kind: 'BitcoinNetwork', namespace: NAMESPACE, name: NAME } }); // prettier-ignore
      },
      async () => (await look()).facts.network?.spec.nodes,
    ],
  ])(
    'waits for what this process itself %s, and asks the API server when that does not come',
    async (_what, act, seen) => {
      network.server.isSlow = true;
      await act();
      expect(await seen()).toBe(7);
      expect((await look()).remembered).toBe(false);
      setTimeout(() => {
        network.server.hurry();
      }, 50);
      await until(() => !network.server.isSlow);
      expect(await seen()).toBe(7);
      expect((await look()).remembered).toBe(true);
    },
  );

  test('waits for the end of what this process has deleted', async () => {
    const { deps, server } = network;
    server.isSlow = true;
    const subject = { verb: 'delete', kind: 'Pod', namespace: NAMESPACE, name: podName(NAME, 1) };
    const body = { preconditions: { uid: 'pod-1' } };
    await deps.cluster.call({ method: 'DELETE', path: `/api/v1/namespaces/${NAMESPACE}/pods/${podName(NAME, 1)}`, body, subject }); // prettier-ignore
    expect((await look()).facts.pods.map(({ ordinal }) => ordinal)).toEqual([0, 2]);
  });

  test('takes no child for missing that only lacks the label by which it is followed', async () => {
    const { server } = network;
    server.remove(SERVICES, NAMESPACE, serviceName(NAME));
    await until(() => network.wakes.some((why) => why.endsWith('is gone')));
    server.put(SERVICES, {
      metadata: { name: serviceName(NAME), namespace: NAMESPACE, uid: 'other', resourceVersion: '' },
    });
    expect((await look()).facts.service).toBe('foreign');
  });

  test('takes no network for gone, and none for another, that was seen no sooner', async () => {
    const { deps, view, ref, server } = network;
    const other = { ...ref, uid: 'uid-2' };
    expect((await readFacts(deps.cluster, other, deps.defaults, { view })).remembered).toBe(false);
    server.isSlow = true;
    const made = { namespace: NAMESPACE, name: 'made-just-now', uid: null };
    const known = server.get(NETWORKS, NAMESPACE, NAME);
    if (known) server.put(NETWORKS, { ...known, metadata: { ...known.metadata, name: made.name, uid: 'uid-3' } });
    expect((await readFacts(deps.cluster, made, deps.defaults, { view })).facts.network?.metadata.uid).toBe('uid-3');
  });

  test('finds nothing to do only if nobody has written since: otherwise it is made again', async () => {
    network.server.isSlow = true;
    network.server.change(NETWORKS, NAMESPACE, NAME, { status: { readyNodes: 1 } });
    network.server.asked();
    expect((await network.look()).due).toEqual([['updateStatus']]);
    expect(network.server.asked()).toEqual(sorted(SECRETS, ['get BitcoinNetwork'], EVERYTHING));
  });

  test('of a version that is not there any more writes nothing: what is there is read', async () => {
    const { deps, ref, server } = network;
    server.isSlow = true;
    server.change(NETWORKS, NAMESPACE, NAME, { metadata: { generation: 2 }, spec: { nodes: 2 } });
    server.asked();
    expect(await updateStatus(deps, ref, { peers: null, failures: { syncPeers: { reason: 'X', message: '' } } })).toBe(
      'written',
    );
    expect(server.get(NETWORKS, NAMESPACE, NAME)?.status).toMatchObject({ observedGeneration: 2, readyNodes: 2 });
    expect(server.asked().filter((request) => request === 'patch BitcoinNetwork/status')).toHaveLength(2);
  });

  test('says nothing is to be written only if that is still so', async () => {
    const { deps, ref, server } = network;
    const { peers } = await network.look();
    server.isSlow = true;
    server.change(NETWORKS, NAMESPACE, NAME, { status: { readyNodes: 1 } });
    expect(await updateStatus(deps, ref, { peers, failures: {} })).toBe('written');
    expect(server.get(NETWORKS, NAMESPACE, NAME)?.status?.readyNodes).toBe(3);
  });

  test('decides about no node’s end: what is replaced is read from the API server', async () => {
    const { server } = network;
    server.change(STATEFUL_SETS, NAMESPACE, statefulSetName(NAME), { status: { updateRevision: 'two' } });
    await until(() => network.wakes.length > 0);
    expect((await network.look()).due.flat()).toContain('rollNode');
    server.isSlow = true;
    const uid = server.get(STATEFUL_SETS, NAMESPACE, statefulSetName(NAME))?.metadata.uid ?? '';
    for (const ordinal of [0, 1, 2]) network.startPod(ordinal, uid, 'two');
    server.asked();
    await network.pass();
    const asked = server.asked();
    expect(asked).toContain('list Pod');
    expect(asked).not.toContain('delete Pod');
  });
});

test('a controller that has seen a changed template wakes the network, because its pods are outdated now', async () => {
  const network = await followed();
  network.wakes.splice(0);
  network.server.change(STATEFUL_SETS, NAMESPACE, statefulSetName(NAME), { status: { updateRevision: 'two' } });
  await until(() => network.wakes.length > 0);
  expect(network.wakes).toEqual([`StatefulSet ${statefulSetName(NAME)} changed`]);
});

test('nodes without a certificate are dialled at addresses that the API server has just shown', async () => {
  const network = await followed({ implementation: 'bitcoin-core' });
  network.disconnect();
  network.dials.splice(0);
  network.server.isSlow = true;
  const moved = { status: { podIP: '10.0.0.9' } };
  network.server.change(PODS, NAMESPACE, podName(NAME, 0), moved);
  expect((await network.pass()).due.flat()).toContain('syncPeers');
  expect(network.dials).not.toEqual([]);
  expect(network.dials.join()).not.toContain('10.0.0.1:');
});

describe('waiting for nodes', () => {
  const waitingFor = async (network: FollowedNetwork) => {
    const { deps, ref, view } = network;
    const { facts } = await readFacts(deps.cluster, ref, deps.defaults, { view });
    return awaitPodReadiness(deps, ref, { readiness: readinessOf(facts), timeoutMs: 30_000 });
  };

  test('ends with a change that is followed, and asks only for what nobody follows', async () => {
    const network = await followed();
    const wait = waitingFor(network);
    await until(() => network.server.requests.length >= 4);
    network.server.change(PODS, NAMESPACE, podName(NAME, 1), { status: { conditions: [] } });
    expect(await wait).toBe('changed');
    expect(network.server.asked()).toEqual(sorted(SECRETS, SECRETS, SECRETS));
  });

  test('opens no watch where nothing is followed: one question now and then, and a look when the answer is another', async () => {
    const network = await settled();
    const wait = waitingFor(network);
    const questions = (): number => network.server.requests.filter((one) => one === 'get StatefulSet').length;
    await until(() => questions() >= 4);
    const lists = network.server.requests.filter((one) => one === 'list Pod').length;
    network.server.change(PODS, NAMESPACE, podName(NAME, 1), { status: { conditions: [] } });
    network.server.change(STATEFUL_SETS, NAMESPACE, statefulSetName(NAME), { status: { readyReplicas: 2 } });
    expect(await wait).toBe('changed');
    expect(network.server.watched).toEqual([]);
    expect(network.server.requests.filter((one) => one === 'list Pod')).toHaveLength(lists + 1);
  });
});
