import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { eventManifest } from '../../../activities/kubernetes/events.ts';
import { statusPatch } from '../../../activities/kubernetes/status.ts';
import type { NetworkStatus } from '../../../workflows/facts.ts';

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
