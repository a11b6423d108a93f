import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { NetworkFacts, PodFacts } from '../../workflows/facts.ts';
import { plan, summaryOf } from '../../workflows/plan.ts';
import { nodeToRoll } from '../../workflows/rolling.ts';
import { desiredStatus, statusEvents } from '../../workflows/status.ts';
import { aNetwork, aPod, aReport, NOW, pods, theFacts } from '../support/facts.ts';

const turnOf = (facts: Partial<NetworkFacts>): number | null => nodeToRoll(theFacts(facts))?.ordinal ?? null;
const outdated = pods(3, { outdated: true });
/** Three outdated nodes, of which one is different. */
const but = (ordinal: number, overrides: Partial<PodFacts>): PodFacts[] =>
  outdated.map((pod) => (pod.ordinal === ordinal ? { ...pod, ...overrides } : pod));
const problem = { reason: 'ImagePullBackOff', message: 'm' };
const broken = { ready: false, problem };

describe('a network that is well', () => {
  test('and up to date replaces nobody', () => {
    expect(turnOf({})).toBeNull();
  });

  test('replaces its outdated nodes from the highest ordinal down', () => {
    expect(turnOf({ pods: outdated })).toBe(2);
    expect(turnOf({ pods: but(2, { outdated: false }) })).toBe(1);
    expect(turnOf({ pods: [aPod(0, { outdated: true }), aPod(1), aPod(2)] })).toBe(0);
  });

  test('has that as its last step but the report, is not settled, and says how far it is', () => {
    const facts = theFacts({ pods: but(2, { outdated: false }) });
    const { due, settled } = plan(facts, NOW);
    expect(due).toEqual([['rollNode'], ['updateStatus']]);
    expect(settled).toBe(false);
    expect(summaryOf(facts, due)).toContain('rolling: 1/3 updated');
  });

  test('gets a young block first when its newest is old, because nodes take no chain from an old one', () => {
    const facts = theFacts({ pods: outdated, tipMinedAt: '2025-12-31T00:00:00.000Z' });
    expect(plan(facts, NOW).due).toEqual([['refreshTip'], ['updateStatus']]);
    expect(plan({ ...facts, tipMinedAt: NOW }, NOW).due).toEqual([['rollNode'], ['updateStatus']]);
  });

  test('leaves pods beyond the declared number to those who remove them', () => {
    expect(turnOf({ pods: [...pods(3), aPod(3, { outdated: true })] })).toBeNull();
  });

  test('of a single node replaces that one', () => {
    const network = aNetwork({ nodes: 1 });
    expect(turnOf({ network, pods: pods(1, { outdated: true }), peers: aReport(1) })).toBe(0);
  });
});

describe('nobody is replaced', () => {
  test.each<[string, Partial<NetworkFacts>]>([
    ['while a node is not ready', { pods: but(0, { ready: false }), peers: aReport(2) }],
    ['while a node is on its way out', { pods: but(0, { terminating: true }), peers: aReport(2) }],
    ['while a pod is missing', { pods: outdated.slice(0, 2), peers: aReport(2) }],
    ['while the last one that was replaced starts', { pods: but(2, { outdated: false, ready: false }) }],
    ['while nobody was asked', { pods: outdated, peers: null }],
    ['while a node does not answer', { pods: outdated, peers: aReport(3, { answered: 2, atTip: 2 }) }],
    ['while a connection is missing', { pods: outdated, peers: aReport(3, { actualEdges: 2 }) }],
    ['while a stranger is connected', { pods: outdated, peers: aReport(3, { strayEdges: 1 }) }],
    ['while a node lacks a part of the chain', { pods: outdated, peers: aReport(3, { atTip: 2 }) }],
    ['while the set has other replicas than declared', { pods: outdated, replicas: 4 }],
    ['while the set is about to be put back', { pods: outdated, statefulSet: 'drifted' }],
    ['while the Secret of the nodes is not as it should be', { pods: outdated, credentials: 'drifted' }],
    ['while a child belongs to somebody else', { pods: outdated, service: 'foreign' }],
    ['of a paused network', { pods: outdated, network: { ...aNetwork(), spec: { nodes: 3, paused: true } } }],
    [
      'of a network that is being deleted',
      {
        pods: outdated,
        network: { ...aNetwork(), metadata: { ...aNetwork().metadata, deletionTimestamp: NOW } },
      },
    ],
  ])('%s', (_when, facts) => {
    expect(turnOf(facts)).toBeNull();
  });
});

describe('a node that cannot start', () => {
  test('is replaced first, however the others are', () => {
    expect(turnOf({ pods: but(1, broken), peers: aReport(2) })).toBe(1);
    expect(turnOf({ pods: but(1, broken), peers: aReport(2, { actualEdges: 0, answered: 1, atTip: 1 }) })).toBe(1);
    expect(turnOf({ pods: pods(3, { ...broken, outdated: true }), peers: null })).toBe(2);
  });

  test('is replaced although the network needs connecting at the same time', () => {
    const facts = theFacts({ pods: but(1, broken), peers: aReport(2, { actualEdges: 0 }) });
    expect(plan(facts, NOW).due).toEqual([['syncPeers'], ['rollNode'], ['updateStatus']]);
  });

  test('stops the roll when it is one that was just replaced: exactly one is lost', () => {
    expect(turnOf({ pods: but(2, { ...broken, outdated: false }), peers: aReport(2) })).toBeNull();
    expect(
      turnOf({ pods: [...but(2, { ...broken, outdated: false }).slice(1), aPod(0, { ...broken, outdated: true })] }),
    ).toBeNull();
  });
});

describe('a node that refuses every credential or shows the certificate of another', () => {
  const faults = (...ordinals: number[]) => ordinals.map((ordinal) => ({ ordinal, reason: 'Untrusted', message: 'm' }));
  const silent = { answered: 0, atTip: 0, height: null, tip: null, actualEdges: 0 };

  test('is replaced, although nobody can ask whether it is well', () => {
    expect(turnOf({ pods: outdated, peers: aReport(3, { ...silent, faults: faults(0, 1, 2) }) })).toBe(2);
  });

  test('goes after the others only when those that were replaced have the chain', () => {
    const known = { ...aNetwork(), status: { chain: { height: 101, tip: 'ab', seenAt: NOW } } };
    const next = (report: Parameters<typeof aReport>[1]) =>
      turnOf({
        network: known,
        pods: but(2, { outdated: false }),
        peers: aReport(3, { ...silent, faults: faults(0, 1), ...report }),
      });
    expect(next({ answered: 1, atTip: 1, height: 101 })).toBe(1);
    expect(next({ answered: 1, atTip: 1, height: 0 })).toBeNull();
    expect(next({})).toBeNull();
  });

  test('is left alone while it is up to date', () => {
    expect(turnOf({ peers: aReport(3, { answered: 2, atTip: 2, faults: faults(1) }) })).toBeNull();
  });
});

describe('whatever is going on', () => {
  const anyPod = (ordinal: number) =>
    fc
      .record({
        ready: fc.boolean(),
        terminating: fc.boolean(),
        outdated: fc.boolean(),
        problem: fc.constantFrom(null, null, problem),
      })
      .map((overrides) => aPod(ordinal, overrides));
  const anyFacts = fc
    .record({
      pods: fc.tuple(...[0, 1, 2, 3, 4].map(anyPod)),
      there: fc.nat(5),
      answered: fc.nat(4),
      atTip: fc.nat(4),
      edges: fc.integer({ min: 5, max: 6 }),
      paused: fc.boolean(),
    })
    .map(({ pods: all, there, answered, atTip, edges, paused }) =>
      theFacts({
        network: { ...aNetwork({ nodes: 4 }), spec: { nodes: 4, paused } },
        replicas: 4,
        pods: all.slice(0, there),
        peers: aReport(4, { answered, atTip, actualEdges: edges }),
      }),
    );

  test('at most one node is away because of a roll, and a node that serves goes only when all are well', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const next = nodeToRoll(facts);
        if (next === null) return;
        const declared = facts.pods.filter(({ ordinal }) => ordinal < 4);
        expect(facts.network?.spec.paused).toBe(false);
        expect(next.outdated && next.ordinal < 4).toBe(true);
        expect(declared.some(({ terminating }) => terminating)).toBe(false);
        expect(declared.some((pod) => !pod.outdated && !pod.ready)).toBe(false);
        if (!next.ready) expect(next.problem).not.toBeNull();
        else {
          expect(declared.filter(({ ready }) => ready)).toHaveLength(4);
          expect(facts.peers).toMatchObject({ answered: 4, atTip: 4, actualEdges: 6 });
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('what people see of it', () => {
  const statusOf = (facts: Partial<NetworkFacts>) => {
    const all = theFacts(facts);
    return desiredStatus({ ...all, network: all.network ?? aNetwork() }, NOW);
  };
  const before = statusOf({});
  const rolling = statusOf({ pods: outdated });
  const withStatus = (status: ReturnType<typeof statusOf>) => ({ ...aNetwork(), status });

  test('the status counts the nodes that are up to date, and Ready says that a roll is under way', () => {
    expect(before).toMatchObject({ readyNodes: 3, updatedNodes: 3 });
    expect(rolling).toMatchObject({
      readyNodes: 3,
      updatedNodes: 0,
      conditions: [
        { type: 'Ready', status: 'True', reason: 'Rolling', message: expect.stringContaining('0 of 3') },
        {},
        {},
      ],
    });
    const away = statusOf({ network: withStatus(rolling), pods: but(2, { terminating: true }), peers: aReport(2) });
    expect(away.conditions?.[0]).toMatchObject({ status: 'False', reason: 'Rolling' });
  });

  test('it is still a roll when the last node is on its way back, and over when that one is ready', () => {
    const back = statusOf({
      network: withStatus(rolling),
      pods: [aPod(0), aPod(1), aPod(2, { ready: false })],
      peers: aReport(2),
    });
    expect(back.conditions?.[0]).toMatchObject({ status: 'False', reason: 'Rolling' });
    const over = statusOf({ network: withStatus(back) });
    expect(over.conditions?.[0]).toMatchObject({ status: 'True', reason: 'AllNodesReady' });
    expect(statusEvents(back, over).map(({ reason }) => reason)).toEqual(['NodesUpdated']);
  });

  test('a node that goes and comes back tells nothing but its own event, and trouble is told all the same', () => {
    const away = statusOf({ network: withStatus(rolling), pods: but(2, { terminating: true }), peers: aReport(2) });
    expect(statusEvents(before, rolling)).toEqual([]);
    expect(statusEvents(rolling, away)).toEqual([]);
    expect(statusEvents(away, rolling)).toEqual([]);
    const stuck = statusOf({
      network: withStatus(away),
      pods: but(2, { ...broken, outdated: false }),
      peers: aReport(2),
    });
    expect(statusEvents(away, stuck).map(({ reason }) => reason)).toEqual(['ImagePullBackOff']);
  });

  test('a roll that is refused is told once, and the nodes stay ready', () => {
    const failures = { rollNode: { reason: 'Forbidden', message: 'Give the worker the rights of deploy/rbac.yaml.' } };
    const refused = statusOf({ pods: outdated, failures });
    expect(refused.conditions?.[0]).toMatchObject({
      status: 'True',
      reason: 'CannotRoll',
      message: expect.stringContaining('deploy/rbac.yaml'),
    });
    expect(statusEvents(rolling, refused)).toMatchObject([{ type: 'Warning', reason: 'CannotRoll' }]);
    expect(statusEvents(refused, refused)).toEqual([]);
  });
});
