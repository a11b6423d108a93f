import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BitcoinNetwork, Condition, NetworkFacts, NetworkStatus } from '../../workflows/facts.ts';
import { desiredStatus, isSame, sameStatus, statusEvents, troubleOf } from '../../workflows/status.ts';
import { aNetwork, aPod, aReport, LATER, NOW, pods, theFacts, TIP } from '../support/facts.ts';

type Facts = NetworkFacts & { network: BitcoinNetwork };
const facts = (overrides: Partial<NetworkFacts> = {}): Facts => theFacts(overrides) as Facts;
const statusOf = (overrides: Partial<NetworkFacts> = {}, now = NOW): NetworkStatus =>
  desiredStatus(facts(overrides), now);

const condition = (status: NetworkStatus, type: Condition['type']): Partial<Condition> | undefined =>
  status.conditions?.find((one) => one.type === type);

describe('the status of a network', () => {
  test('lists the declared nodes by ordinal, as clients of the original read them', () => {
    const status = statusOf({ pods: [aPod(3), aPod(1), aPod(0), aPod(2)] });
    expect(status.nodes).toEqual([
      {
        ordinal: 0,
        ready: true,
        ip: '10.0.0.1',
        nodeName: 'my-network-sts-0',
        dnsName: 'my-network-sts-0.my-network-svc',
      },
      {
        ordinal: 1,
        ready: true,
        ip: '10.0.0.2',
        nodeName: 'my-network-sts-1',
        dnsName: 'my-network-sts-1.my-network-svc',
      },
      {
        ordinal: 2,
        ready: true,
        ip: '10.0.0.3',
        nodeName: 'my-network-sts-2',
        dnsName: 'my-network-sts-2.my-network-svc',
      },
    ]);
  });

  test('shows a terminating pod as not ready although Kubernetes still calls it Ready', () => {
    const status = statusOf({ pods: [aPod(0), aPod(1, { terminating: true }), aPod(2)] });
    expect(status.nodes?.map((node) => node.ready)).toEqual([true, false, true]);
    expect(condition(status, 'Ready')).toMatchObject({ status: 'False', reason: 'NodesStarting' });
  });

  test('is Ready, Peered and Synced when everything is as declared', () => {
    const status = statusOf();
    expect(status.conditions?.map(({ type, status: verdict }) => [type, verdict])).toEqual([
      ['Ready', 'True'],
      ['Peered', 'True'],
      ['Synced', 'True'],
    ]);
    expect(status.chain).toEqual({ height: 101, tip: TIP, seenAt: NOW });
    expect(status.peers).toEqual({ expected: 3, actual: 3 });
    expect(status.selector).toContain('app=my-network');
  });

  test('stays the same when only time has passed', () => {
    const first = statusOf();
    const second = statusOf({ network: aNetwork({ status: first }), peers: aReport(3, { seenAt: LATER }) }, LATER);
    expect(second).toEqual(first);
    expect(sameStatus(first, second)).toBe(true);
  });

  test('dates a condition anew only when its verdict changes', () => {
    const first = statusOf();
    const second = statusOf({ network: aNetwork({ status: first }), peers: aReport(3, { actualEdges: 2 }) }, LATER);
    expect(condition(second, 'Peered')).toMatchObject({
      status: 'False',
      reason: 'Connecting',
      lastTransitionTime: LATER,
    });
    expect(condition(second, 'Ready')?.lastTransitionTime).toBe(NOW);
  });

  test.each<[string, Partial<NetworkFacts>, Condition['type'], string]>([
    ['a foreign service', { service: 'foreign' }, 'Ready', 'ChildConflict'],
    ['a child of a deleted namesake', { statefulSet: 'dying' }, 'Ready', 'ChildConflict'],
    [
      'a step that fails',
      { failures: { ensureStatefulSet: { reason: 'Forbidden', message: 'm' } } },
      'Ready',
      'Forbidden',
    ],
    [
      'a missing Secret',
      { failures: { ensureCredentials: { reason: 'SecretMissing', message: 'm' } } },
      'Ready',
      'SecretMissing',
    ],
    [
      'an image that cannot be pulled',
      { pods: [aPod(0), aPod(1), aPod(2, { ready: false, problem: { reason: 'ImagePullFailed', message: 'm' } })] },
      'Ready',
      'ImagePullFailed',
    ],
    ['a pod that is missing', { pods: pods(2), peers: aReport(2) }, 'Ready', 'NodesStarting'],
    ['nodes that nobody asked', { peers: null }, 'Peered', 'NodesNotAsked'],
    [
      'a node that refuses the credentials',
      { peers: aReport(3, { answered: 2, faults: [{ ordinal: 1, reason: 'Unauthorized', message: 'm' }] }) },
      'Peered',
      'Unauthorized',
    ],
    ['a stranger among the peers', { peers: aReport(3, { strayEdges: 1 }) }, 'Peered', 'StrayConnections'],
    ['two tips of one height', { peers: aReport(3, { forked: true, atTip: 2 }) }, 'Synced', 'Fork'],
    ['a node that lags behind', { peers: aReport(3, { atTip: 2 }) }, 'Synced', 'CatchingUp'],
  ])('tells of %s', (_what, overrides, type, reason) => {
    expect(condition(statusOf(overrides), type)).toMatchObject({ status: 'False', reason });
  });

  test('believes a lower height only when every declared node was asked', () => {
    const network = aNetwork({ status: { chain: { height: 101, tip: TIP, seenAt: NOW } } });
    const lower = { height: 0, tip: '00'.repeat(32) };
    expect(statusOf({ network, peers: aReport(3, { ...lower, answered: 2 }) }, LATER).chain?.height).toBe(101);
    expect(statusOf({ network, peers: aReport(3, { ...lower, seenAt: LATER }) }, LATER).chain).toEqual({
      ...lower,
      seenAt: LATER,
    });
  });

  test('of a network of no nodes is in order and knows no chain', () => {
    const network = aNetwork({ nodes: 0, status: { chain: { height: 101, tip: TIP, seenAt: NOW } } });
    const status = statusOf({ network, pods: [], peers: null, replicas: 0 });
    expect(status.conditions?.every((one) => one.status === 'True')).toBe(true);
    expect(status.chain).toBeUndefined();
    expect(status.nodes).toEqual([]);
  });
});

describe('events', () => {
  test('tell when a network becomes ready, peered and synced, once', () => {
    const status = statusOf();
    expect(statusEvents({}, status).map((event) => event.reason)).toEqual(['Ready', 'Peered', 'Synced']);
    expect(statusEvents(status, status)).toEqual([]);
  });

  test('tell when nodes are no longer ready, without alarm', () => {
    const before = statusOf();
    const after = statusOf({ network: aNetwork({ status: before }), pods: pods(2), peers: aReport(2) });
    expect(statusEvents(before, after)).toEqual([
      { type: 'Normal', reason: 'NodesStarting', message: '2 of 3 nodes are ready.' },
    ]);
  });

  test('warn of what somebody has to mend, not of what takes its course', () => {
    const starting = statusOf({ pods: [], peers: null });
    expect(statusEvents({}, starting)).toEqual([]);
    const failing = statusOf({
      failures: { ensureCredentials: { reason: 'SecretMissing', message: 'Secret x is missing.' } },
    });
    expect(statusEvents(starting, failing)).toContainEqual({
      type: 'Warning',
      reason: 'SecretMissing',
      message: expect.stringContaining('Secret x is missing.'),
    });
  });

  test('warn when the chain is lost', () => {
    const before = statusOf();
    const after = statusOf({
      network: aNetwork({ status: before }),
      peers: aReport(3, { height: 0, tip: '0'.repeat(64) }),
    });
    expect(statusEvents(before, after)).toContainEqual(
      expect.objectContaining({ type: 'Warning', reason: 'ChainLost' }),
    );
  });
});

describe('the reason by which a network in trouble is found', () => {
  test.each<[string, string | null, Partial<NetworkFacts>]>([
    ['all is well', null, {}],
    ['nodes are starting', null, { pods: pods(2), peers: aReport(2) }],
    ['it is paused', null, { network: aNetwork({ spec: { nodes: 3, paused: true } }), service: 'foreign' }],
    ['a child belongs to somebody else', 'ChildConflict', { service: 'foreign' }],
    [
      'the Secret is missing, although all nodes still run',
      'SecretMissing',
      { credentials: 'drifted', failures: { ensureCredentials: { reason: 'SecretMissing', message: '' } } },
    ],
    [
      'an image cannot be pulled',
      'ImagePullBackOff',
      { pods: [aPod(0), aPod(1), aPod(2, { ready: false, problem: { reason: 'ImagePullBackOff', message: '' } })] },
    ],
    [
      'a node refuses the credentials',
      'Unauthorized',
      { peers: aReport(3, { answered: 2, faults: [{ ordinal: 2, reason: 'Unauthorized', message: '' }] }) },
    ],
    [
      'the status may not be written',
      'Forbidden',
      { failures: { updateStatus: { reason: 'Forbidden', message: '' } } },
    ],
  ])('when %s is %s', (_when, reason, overrides) => {
    expect(troubleOf(facts(overrides))).toBe(reason);
  });
});

/** JSON with the fields of every object in the order of their names. */
const canonical = (value: unknown): string | undefined =>
  JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );

describe('two values are the same', () => {
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(undefined, null, true, false, 0, 1, '', 'a', 'toString'),
      fc.array(
        tie('value').filter((item) => item !== undefined),
        { maxLength: 2 },
      ),
      fc.dictionary(fc.constantFrom('a', 'b', 'c', 'toString'), tie('value'), { maxKeys: 3 }),
    ),
  })).value;

  test('exactly when their JSON is, whatever the order of its fields', () => {
    fc.assert(
      fc.property(json, json, (one, other) => {
        expect(isSame(one, other)).toBe(canonical(one) === canonical(other));
      }),
      { numRuns: 2000 },
    );
  });

  test('when one is a copy of the other with its fields in the opposite order', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, part]) => [key, reversed(part)]),
      );
    };
    fc.assert(
      fc.property(json, (value) => {
        expect(isSame(value, reversed(value))).toBe(true);
      }),
    );
  });
});
