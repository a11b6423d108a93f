import { expect, test } from '@jest/globals';
import { OwnWrites } from '../../../activities/kubernetes/own-writes.ts';
import type { Live } from '../../../activities/kubernetes/objects.ts';
import { ownerReference } from '../../../activities/kubernetes/ownership.ts';
import { WatchMemory } from '../../../activities/kubernetes/watch-memory.ts';
import { networkSight, podSight, serviceSight, statefulSetSight } from '../../../activities/kubernetes/watch-sight.ts';
import type { ChildSight, NetworkSight } from '../../../activities/kubernetes/watch-sight.ts';
import type { BitcoinNetwork } from '../../../workflows/facts.ts';
import { networkLabels, serviceName, statefulSetName } from '../../../workflows/names.ts';
import { desiredStatus } from '../../../workflows/status.ts';
import { aNetwork, NOW, theFacts } from '../../support/facts.ts';
import { aLivePod } from './live-objects.ts';

interface Seen<S> {
  namespace: string;
  name: string;
  sight: S;
}

const WITH_STATUS: BitcoinNetwork = (() => {
  const network = aNetwork();
  return { ...network, status: desiredStatus({ ...theFacts(), network }, NOW) };
})();

const network = (change: { metadata?: object; spec?: object; status?: object } = {}): Seen<NetworkSight> => ({
  namespace: 'default',
  name: 'my-network',
  sight: networkSight({
    ...WITH_STATUS,
    metadata: { ...WITH_STATUS.metadata, ...change.metadata },
    spec: { ...WITH_STATUS.spec, ...change.spec },
    status: { ...WITH_STATUS.status, ...change.status },
  }),
});

const child = (name: string, spec: object, metadata: object = {}): Live & { spec: object } => ({
  metadata: {
    name,
    namespace: 'default',
    uid: `${name}-uid`,
    resourceVersion: '1',
    labels: networkLabels('my-network'),
    ownerReferences: [ownerReference({ name: 'my-network', uid: 'uid-1' })],
    ...metadata,
  },
  spec,
});
const set = (replicas = 3, metadata: object = {}): Seen<ChildSight> => {
  const object = child(statefulSetName('my-network'), { replicas }, metadata);
  return { namespace: 'default', name: object.metadata.name, sight: statefulSetSight(object) };
};
const service = (): Seen<ChildSight> => {
  const object = child(serviceName('my-network'), {});
  return { namespace: 'default', name: object.metadata.name, sight: serviceSight(object) };
};
const pod = (ordinal: number, overrides: Parameters<typeof aLivePod>[1] = {}): Seen<ChildSight> => {
  const object = aLivePod(ordinal, overrides);
  return { namespace: 'default', name: object.metadata.name, sight: podSight(object) };
};

/** A memory that has seen a network which is as declared. */
function settled(ownWrites = new OwnWrites()): WatchMemory {
  const memory = new WatchMemory(ownWrites);
  memory.networksListed(null, [network()]);
  memory.childrenListed('Service', null, [service()], true);
  memory.childrenListed('StatefulSet', null, [set()], true);
  memory.childrenListed('Pod', null, [pod(0), pod(1), pod(2)], true);
  return memory;
}

test('a network that is as declared is left in peace', () => {
  expect(settled().discontented({ thorough: true })).toEqual([]);
});

test('its status is no news; its spec, its end and its successor are', () => {
  const memory = settled();
  expect(memory.networkChanged(network({ status: { readyNodes: 1 }, metadata: { resourceVersion: '2' } }))).toBeNull();
  expect(memory.networkChanged(network({ metadata: { generation: 2 } }))).toMatchObject({ live: true });
  expect(memory.networkChanged(network({ metadata: { generation: 2, deletionTimestamp: NOW } }))).toMatchObject({
    live: false,
  });
  expect(memory.networkChanged(network({ metadata: { uid: 'uid-2' } }))).toMatchObject({ live: true });
  expect(memory.networkDeleted(network())).toMatchObject({ live: false });
});

test.each<[string, (memory: WatchMemory) => unknown, string | null]>([
  [
    'a spec that the status does not know',
    (memory) => memory.networkChanged(network({ metadata: { generation: 2 } })),
    'status is out of date',
  ],
  ['a set of another size', (memory) => memory.childChanged('StatefulSet', set(2)), 'StatefulSet is not as declared'],
  ['a set that is gone', (memory) => memory.childDeleted('StatefulSet', set()), 'StatefulSet is not as declared'],
  ['a service that is gone', (memory) => memory.childDeleted('Service', service()), 'Service is missing'],
  [
    'a pod that is not ready',
    (memory) => memory.childChanged('Pod', pod(1, { status: {} })),
    'pods differ from the status',
  ],
  ['a pod too many', (memory) => memory.childChanged('Pod', pod(3)), null],
  [
    'a network that is paused',
    (memory) => memory.networkChanged(network({ spec: { paused: true }, metadata: { generation: 2 } })),
    null,
  ],
])('%s: the sweep says %3$s', (_what, change, why) => {
  const memory = settled();
  change(memory);
  expect(memory.discontented({ thorough: false }).map((wake) => wake.why)).toEqual(why === null ? [] : [why]);
});

test('a status that says itself what is missing is news only when the watch begins', () => {
  const memory = settled();
  memory.networkChanged(network({ status: { conditions: [] } }));
  expect(memory.discontented({ thorough: false })).toEqual([]);
  expect(memory.discontented({ thorough: true })).toMatchObject([{ why: 'status is not settled', live: true }]);
});

test('a child that cannot be made is no news to a network whose status says so', () => {
  const memory = settled();
  memory.networkChanged(network({ status: { conditions: [] } }));
  memory.childDeleted('Service', service());
  memory.childDeleted('StatefulSet', set());
  expect(memory.discontented({ thorough: false })).toEqual([]);
});

test('a change of a child wakes its network, unless this process made it', () => {
  const ownWrites = new OwnWrites();
  const memory = settled(ownWrites);
  ownWrites.record(child(statefulSetName('my-network'), {}, { resourceVersion: '2' }));
  expect(memory.childChanged('StatefulSet', set(4, { resourceVersion: '2' }))).toEqual([]);
  expect(memory.childChanged('StatefulSet', set(5, { resourceVersion: '3' }))).toMatchObject([
    { name: 'my-network', live: null },
  ]);
});

test('a bare new version of a child is no news', () => {
  const memory = settled();
  expect(memory.childChanged('StatefulSet', set(3, { resourceVersion: '9' }))).toEqual([]);
  expect(memory.childChanged('Pod', pod(0, { metadata: { resourceVersion: '9', annotations: { a: 'b' } } }))).toEqual(
    [],
  );
});

test('a pod whose labels were taken away still belongs to the network that it belonged to', () => {
  const memory = settled();
  expect(memory.childChanged('Pod', pod(0, { metadata: { labels: {} } }))).toMatchObject([{ name: 'my-network' }]);
  expect(memory.childDeleted('Pod', pod(0, { metadata: { labels: {} } }))).toMatchObject([{ name: 'my-network' }]);
});

test('a list that was made again tells what happened in between', () => {
  const memory = settled();
  const wakes = memory.childrenListed('Pod', null, [pod(0), pod(1, { metadata: { uid: 'another' } })], false);
  expect(wakes.map(({ why }) => why).sort()).toEqual(['Pod my-network-sts-1 changed', 'Pod my-network-sts-2 is gone']);
  expect(memory.networksListed(null, [])).toMatchObject([{ name: 'my-network', live: false }]);
});

test('a list of one namespace says nothing about another', () => {
  const memory = settled();
  expect(memory.childrenListed('Pod', 'other', [], false)).toEqual([]);
  expect(memory.networksListed('other', [])).toEqual([]);
  expect(memory.liveNetworks()).toEqual([{ namespace: 'default', name: 'my-network' }]);
});
