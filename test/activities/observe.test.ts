import { describe, expect, test } from '@jest/globals';
import type { Dependencies } from '../../activities/dependencies.ts';
import type { Cluster } from '../../activities/kubernetes/cluster.ts';
import { ApiError } from '../../activities/kubernetes/errors.ts';
import { OwnWrites } from '../../activities/kubernetes/own-writes.ts';
import { judge, observe } from '../../activities/observe.ts';
import type { NetworkFacts } from '../../workflows/facts.ts';
import type { LookInput, Observation } from '../../workflows/observation.ts';
import { desiredStatus } from '../../workflows/status.ts';
import { aNetwork, aPod, aReport, LATER, NOW, pods, theFacts } from '../support/facts.ts';

const RESYNC = { minMs: 1_000, maxMs: 600_000 };
const FIRST: LookInput = {
  namespace: 'default',
  name: 'my-network',
  uid: null,
  failures: {},
  digest: '',
  quietPasses: 0,
};

const look = (facts: Partial<NetworkFacts> = {}, memory: Partial<LookInput> = {}, now = NOW): Observation =>
  judge(theFacts(facts), { ...FIRST, ...memory }, now, { resync: RESYNC, tipMaxAgeMs: null });

const digestOf = (facts: Partial<NetworkFacts>): string => look(facts).digest;

describe('the digest of a look', () => {
  test('is the same when only time, heights or wording have changed', () => {
    const before = digestOf({});
    expect(look({}, {}, LATER).digest).toBe(before);
    expect(digestOf({ peers: aReport(3, { height: 102, tip: 'cd'.repeat(32), seenAt: LATER }) })).toBe(before);
    const waiting = (message: string) =>
      digestOf({
        pods: [aPod(0), aPod(1), aPod(2, { ready: false, problem: { reason: 'CrashLoopBackOff', message } })],
      });
    expect(waiting('back-off 10s')).toBe(waiting('back-off 20s'));
    const failing = (message: string) =>
      digestOf({ service: 'missing', failures: { ensureService: { reason: 'Forbidden', message } } });
    expect(failing('at 10:00')).toBe(failing('at 10:01'));
  });

  test.each<[string, Partial<NetworkFacts>]>([
    ['a pod is replaced', { pods: [aPod(0), aPod(1, { uid: 'new' }), aPod(2)] }],
    ['a container restarts in place', { pods: [aPod(0), aPod(1, { containerStart: LATER }), aPod(2)] }],
    ['an edge is missing', { peers: aReport(3, { actualEdges: 2 }) }],
    ['a stranger is there', { peers: aReport(3, { strayEdges: 1 }) }],
    ['a node falls behind', { peers: aReport(3, { atTip: 2 }) }],
    ['a child was changed by hand', { service: 'drifted' }],
    ['a step fails', { service: 'missing', failures: { ensureService: { reason: 'Forbidden', message: '' } } }],
  ])('changes when %s', (_what, facts) => {
    expect(digestOf(facts)).not.toBe(digestOf({}));
  });

  test('counts how often it was found unchanged, and the pause grows with that', () => {
    const first = look();
    expect(first.quietPasses).toBe(0);
    const second = look({}, { digest: first.digest, quietPasses: 3 });
    expect(second.quietPasses).toBe(4);
    expect(second.lookAgainMs).toBeGreaterThan(first.lookAgainMs);
    expect(look({ pods: pods(2), peers: aReport(2) }, { digest: first.digest, quietPasses: 3 }).quietPasses).toBe(0);
  });
});

test('an observation stays small however many nodes there are', () => {
  const size = (nodes: number): number =>
    JSON.stringify(look({ pods: pods(nodes), replicas: nodes, peers: aReport(nodes) })).length;
  expect(size(5_000)).toBeLessThan(size(3) + 200);
});

test('a look knows when this process last wrote the status of a large network', async () => {
  const bare = aNetwork({ nodes: 200 });
  const starting = { ...theFacts({ network: bare, pods: pods(200, { ready: false }), peers: null }), network: bare };
  const network = { ...bare, status: desiredStatus(starting, NOW) };
  /** All pods and all children of the network are gone. */
  const cluster = {
    call: ({ path, subject, query }) => {
      if (path.endsWith('/bitcoinnetworks/my-network')) return Promise.resolve(network);
      if (query?.['limit'] !== undefined) return Promise.resolve({ metadata: { resourceVersion: '1' }, items: [] });
      return Promise.reject(new ApiError(subject, { status: 404, body: { reason: 'NotFound' } }));
    },
  } as Partial<Cluster> as Cluster;
  const ownWrites = new OwnWrites();
  const dependencies: Partial<Dependencies> = {
    cluster,
    ownWrites,
    defaults: { implementation: 'btcd' },
    resync: RESYNC,
    tipMaxAgeMs: null,
    now: () => 1_000_050,
    isSearchable: () => false,
  };
  const lookNow = (): Promise<Observation> => observe(dependencies as Dependencies, FIRST, undefined);

  expect((await lookNow()).due.flat()).toContain('updateStatus');
  ownWrites.recordStatus(network.metadata.uid, 1_000_000);
  const soon = await lookNow();
  expect(soon.due.flat()).toContain('ensureStatefulSet');
  expect(soon.due.flat()).not.toContain('updateStatus');
  expect(soon.lookAgainMs).toBe(150);
});
