import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ClusterView } from '../../../activities/kubernetes/cluster-view.ts';
import { eventManifest } from '../../../activities/kubernetes/events.ts';
import { putStatus, statusPatch } from '../../../activities/kubernetes/status.ts';
import type { Cluster } from '../../../activities/kubernetes/cluster.ts';
import { OwnWrites } from '../../../activities/kubernetes/own-writes.ts';
import type { Writer } from '../../../activities/kubernetes/writer.ts';
import type { Condition, NetworkStatus } from '../../../workflows/facts.ts';
import { aNetwork, NOW } from '../../support/facts.ts';

test('only what differs is sent, and what goes is sent as null', () => {
  const before = { observedGeneration: 1, replicas: 3, chain: { height: 1, tip: 'a', seenAt: 'x' } };
  expect(statusPatch(before, { observedGeneration: 2, replicas: 3 })).toEqual({ observedGeneration: 2, chain: null });
});

test('what the API server returns with its fields in another order is not sent again', () => {
  const node = { ordinal: 0, ready: true, ip: '10.0.0.1', nodeName: 'a', dnsName: 'a.b' };
  const sorted = { dnsName: 'a.b', ip: '10.0.0.1', nodeName: 'a', ordinal: 0, ready: true };
  expect(statusPatch({ nodes: [sorted], replicas: 1 }, { nodes: [node], replicas: 2 })).toEqual({ replicas: 2 });
});

/** What the API server makes of a merge patch, one level deep. */
const patched = (status: object, patch: object): object =>
  Object.fromEntries(Object.entries({ ...status, ...patch }).filter(([, value]) => value !== null));

test('the patch makes any status out of any other', () => {
  const status = fc.record(
    {
      observedGeneration: fc.nat(),
      replicas: fc.nat(),
      selector: fc.string(),
      nodes: fc.array(fc.record({ ordinal: fc.nat(), ready: fc.boolean() })),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<NetworkStatus>;
  fc.assert(
    fc.property(status, status, (before, after) => {
      expect(patched(before, statusPatch(before, after))).toEqual(after);
    }),
  );
});

test('an event points at its network, keeps to the limits of the API server and has a name of its own', () => {
  const ref = { namespace: 'default', name: 'my-network', uid: 'uid-1' };
  const event = { type: 'Normal' as const, reason: 'Peered', message: 'x'.repeat(5000) };
  const made = eventManifest(ref, event, new Date('2026-01-01T00:00:00.123Z')) as {
    metadata: { name: string };
    message: string;
  };
  expect(made).toMatchObject({
    metadata: { namespace: 'default' },
    involvedObject: { kind: 'BitcoinNetwork', name: 'my-network', uid: 'uid-1' },
    type: 'Normal',
    reason: 'Peered',
    firstTimestamp: '2026-01-01T00:00:00Z',
    source: { component: 'btcnet' },
  });
  expect(made.message).toHaveLength(1024);
  expect(made.metadata.name).toMatch(/^my-network\.[0-9a-f]{16}$/);
});

test('a condition that turns bad is a warning in the log, with its reason, and one that is good again is none', async () => {
  const lines: [level: string, message: string, fields: unknown][] = [];
  const note =
    (level: string) =>
    (message: string, fields?: Record<string, unknown>): void => {
      lines.push([level, message, fields]);
    };
  const cluster = { call: () => Promise.resolve({ metadata: {} }) } as unknown as Cluster;
  const writer: Writer = {
    cluster,
    view: new ClusterView(cluster),
    log: { info: note('info'), warn: note('warn'), error: note('error') },
    now: () => Date.parse(NOW),
    ownWrites: new OwnWrites(),
    defaults: { implementation: 'btcd', image: undefined },
  };
  const ready = (status: Condition['status'], reason: string): NetworkStatus => ({
    conditions: [{ type: 'Ready', status, reason, message: 'x', observedGeneration: 1, lastTransitionTime: NOW }],
  });
  const [good, bad] = [ready('True', 'AllNodesReady'), ready('False', 'CrashLoopBackOff')];
  await putStatus(writer, aNetwork({ status: good }), bad);
  await putStatus(writer, aNetwork({ status: bad }), good);
  expect(lines).toMatchObject([
    ['warn', 'Condition changed', { network: 'default/my-network', reason: 'CrashLoopBackOff' }],
    ['info', 'Condition changed', { network: 'default/my-network', reason: 'Ready' }],
  ]);
});
