import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BitcoinNetwork, NetworkFacts } from '../../workflows/facts.ts';
import {
  isAtWork,
  judgeLook,
  lookIntervalMs,
  NOTHING_SEEN,
  SECOND_LOOK_MS,
  shardOf,
  untilLookMs,
  type LookMemory,
} from '../../workflows/node-watch.ts';
import type { PeersReport } from '../../workflows/observation.ts';
import { desiredStatus, statusEvents, withHeights } from '../../workflows/status.ts';
import { aNetwork, aReport, LATER, NOW, pods, theFacts } from '../support/facts.ts';

const BLOCKS = 303;
const ROUND_MS = 10_000;

/** A network whose status says what these facts say. */
function reported(overrides: Partial<NetworkFacts> = {}): BitcoinNetwork {
  const network = overrides.network ?? aNetwork();
  const status = desiredStatus({ ...theFacts(overrides), network }, NOW);
  return { ...network, status };
}

/** The looks of a story, one after the other; returns why the workflow was woken at each of them. */
function wakes(
  looks: { at: number; report?: Partial<PeersReport>; network?: BitcoinNetwork; blocks?: number }[],
): (string | null)[] {
  let memory: LookMemory = NOTHING_SEEN;
  return looks.map(({ at, report = {}, network = reported(), blocks = BLOCKS }) => {
    const verdict = judgeLook({ network, report: aReport(3, report), blocks, nowMs: at }, memory);
    memory = verdict.memory;
    return verdict.wake;
  });
}

const T = 1_000_000;
const cut: Partial<PeersReport> = { actualEdges: 2 };
const stranger: Partial<PeersReport> = { strayEdges: 1 };
const silent: Partial<PeersReport> = {
  answered: 2,
  atTip: 2,
  faults: [{ ordinal: 1, reason: 'Refused', message: 'my-network-sts-1 refuses connections' }],
};
const behind: Partial<PeersReport> = { atTip: 2 };
const fork: Partial<PeersReport> = { atTip: 2, forked: true };

describe('a look at the nodes', () => {
  test('of a network that is as its status says wakes nobody and is done with', () => {
    expect(judgeLook({ network: reported(), report: aReport(3), blocks: BLOCKS, nowMs: T }, NOTHING_SEEN)).toEqual({
      wake: null,
      lookAgain: false,
      memory: NOTHING_SEEN,
    });
  });

  test.each<[string, Partial<PeersReport>, RegExp]>([
    ['a missing connection', cut, /2 of 3 connections/],
    ['a stranger', stranger, /1 connections to strangers/],
    ['a node that does not answer', silent, /1 of 3 nodes do not answer: node 1 Refused/],
  ])('wakes for %s that a second look shows too', (_what, report, why) => {
    const first = judgeLook({ network: reported(), report: aReport(3, report), blocks: 1, nowMs: T }, NOTHING_SEEN);
    expect(first).toMatchObject({ wake: null, lookAgain: true });
    expect(
      wakes([
        { at: T, report },
        { at: T + SECOND_LOOK_MS, report },
      ])[1],
    ).toMatch(why);
  });

  test.each([
    ['a missing connection', cut],
    ['a stranger', stranger],
    ['a node that does not answer', silent],
  ])('does not wake for %s that is gone at the second look', (_what, report) => {
    expect(wakes([{ at: T, report }, { at: T + SECOND_LOOK_MS }, { at: T + ROUND_MS, report }])).toEqual([
      null,
      null,
      null,
    ]);
  });

  test('does not wake for connections that are missing among other nodes than a second ago', () => {
    const story = [
      { at: T, report: { ...cut, members: 'before' } },
      { at: T + SECOND_LOOK_MS, report: { ...cut, members: 'after' } },
    ];
    expect(wakes(story)).toEqual([null, null]);
  });

  test.each([
    ['a node that stays behind', behind, 'nodes stay behind'],
    ['a fork', fork, 'two tips of one height'],
  ])('wakes for %s at the next regular look, not at the second', (_what, report, why) => {
    const times = [T, T + SECOND_LOOK_MS, T + ROUND_MS];
    expect(wakes(times.map((at) => ({ at, report })))).toEqual([null, null, why]);
  });

  test('does not wake while nodes catch up', () => {
    const story = [0, 1, 2, 3, 4].map((round) => ({ at: T + round * ROUND_MS, report: behind, blocks: round }));
    expect(wakes(story)).toEqual([null, null, null, null, null]);
  });

  test('does not wake while somebody mines', () => {
    const story = [0, 1, 2, 3].map((round) => ({
      at: T + round * ROUND_MS,
      report: { ...behind, height: 101 + round, tip: String(round).repeat(64) },
      blocks: round,
    }));
    expect(wakes(story)).toEqual([null, null, null, null]);
  });

  test('wakes once for one trouble, and again when it is another or comes back', () => {
    const half: Partial<PeersReport> = { actualEdges: 1 };
    expect(
      wakes([
        { at: T, report: cut },
        { at: T + 1_000, report: cut },
        { at: T + 10_000, report: cut },
        { at: T + 20_000, report: cut },
        { at: T + 30_000, report: half },
        { at: T + 40_000 },
        { at: T + 60_000, report: half },
        { at: T + 61_000, report: half },
      ]).map((why) => why !== null),
    ).toEqual([false, true, false, false, true, false, false, true]);
  });

  test.each<[string, Partial<PeersReport>]>([
    ['Connecting', cut],
    ['StrayConnections', stranger],
    ['Refused', silent],
    ['CatchingUp', behind],
    ['Fork', fork],
  ])('does not wake for what the status says itself: %s', (reason, report) => {
    const network = reported({ peers: aReport(3, report) });
    expect(network.status?.conditions?.map((one) => one.reason)).toContain(reason);
    const times = [T, T + SECOND_LOOK_MS, T + ROUND_MS, T + 2 * ROUND_MS];
    expect(wakes(times.map((at) => ({ at, report, network })))).toEqual([null, null, null, null]);
  });

  test('wakes for a stranger while an image cannot be pulled: the workflow does not know of it', () => {
    const two = pods(2);
    const network = reported({ pods: two, peers: aReport(2) });
    expect(network.status?.conditions?.map((one) => one.status)).toEqual(['False', 'False', 'False']);
    const report = { wanted: 2, answered: 2, atTip: 2, expectedEdges: 1, actualEdges: 1, ...stranger };
    expect(
      wakes([
        { at: T, report, network },
        { at: T + SECOND_LOOK_MS, report, network },
      ])[1],
    ).toMatch(/strangers/);
  });

  test('wakes when all is well and the status still complains', () => {
    const network = reported({ peers: aReport(3, behind) });
    expect(
      wakes([
        { at: T, network },
        { at: T + ROUND_MS, network },
      ]),
    ).toEqual([null, 'nodes are in order again']);
  });

  test('leaves a workflow alone that has not come to the present spec', () => {
    const { metadata, ...network } = reported();
    const changed = { ...network, metadata: { ...metadata, generation: 2 } };
    expect(wakes([T, T + 1_000, T + 10_000].map((at) => ({ at, report: stranger, network: changed })))).toEqual([
      null,
      null,
      null,
    ]);
  });

  test('wakes less and less often for a trouble that comes and goes, and at most every five minutes', () => {
    const day = Array.from({ length: 8_640 }, (_, round) => round).flatMap((round) => [
      { at: T + round * ROUND_MS, report: round % 2 === 0 ? stranger : {} },
      { at: T + round * ROUND_MS + SECOND_LOOK_MS, report: round % 2 === 0 ? stranger : {} },
    ]);
    const woken = wakes(day).flatMap((why, look) => (why === null ? [] : [look]));
    expect(woken.length).toBeGreaterThan(200);
    expect(woken.length).toBeLessThan(310);
  });

  test('never wakes twice within ten seconds, whatever the nodes say, and only for what was seen before', () => {
    const anyReport = fc.constantFrom<Partial<PeersReport>>({}, cut, stranger, silent, behind, fork, {
      actualEdges: 0,
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 100, max: 15_000 }), anyReport)), (steps) => {
        let at = T;
        const story = steps.map(([ms, report]) => ({ at: (at += ms), report }));
        const woken = wakes(story).flatMap((why, look) => (why === null ? [] : [look]));
        for (const [index, look] of woken.entries()) {
          const [now, before] = [story[look], story[look - 1]];
          expect(before).toBeDefined();
          const previous = story[woken[index - 1] ?? -1];
          if (previous) expect((now?.at ?? 0) - previous.at).toBeGreaterThanOrEqual(ROUND_MS);
        }
      }),
    );
  });
});

describe('the status that a look writes', () => {
  const next = (report: Partial<PeersReport>, network = reported()) =>
    withHeights({ network, pods: pods(3), peers: aReport(3, { seenAt: LATER, ...report }) });
  const higher = { height: 202, tip: 'cd'.repeat(32) };

  test('is what the workflow itself would write, so that its next pass finds nothing to do', () => {
    const network = reported();
    const peers = aReport(3, { seenAt: LATER, ...higher });
    const status = next(higher, network);
    expect(status).toEqual(desiredStatus({ ...theFacts({ peers }), network }, LATER));
    expect(status.chain).toEqual({ ...higher, seenAt: LATER });
    expect(status.conditions?.find(({ type }) => type === 'Synced')).toMatchObject({
      status: 'True',
      message: '3 of 3 nodes are at height 202.',
    });
  });

  test('shows a new height of a node while the others follow, and leaves the verdict to the workflow', () => {
    const status = next({ ...higher, atTip: 1 });
    expect(status.chain?.height).toBe(202);
    expect(status.conditions).toEqual(reported().status?.conditions);
  });

  test('is the same when nothing is new', () => {
    expect(next({})).toEqual(reported().status);
  });

  test('does not go back to a report that is older than what is there', () => {
    const network = reported({ peers: aReport(3, { seenAt: LATER, ...higher }) });
    expect(next({ seenAt: NOW }, network).chain).toEqual(network.status?.chain);
  });

  test('tells of a chain that is lost when all nodes answer, and not before', () => {
    const lost = { height: 0, tip: '0'.repeat(64) };
    const before = reported();
    expect(statusEvents(before.status ?? {}, next({ ...lost, answered: 2 }, before))).toEqual([]);
    expect(statusEvents(before.status ?? {}, next(lost, before))).toEqual([
      expect.objectContaining({ type: 'Warning', reason: 'ChainLost' }),
    ]);
  });

  test('never changes anything but the chain and the message of Synced', () => {
    const report = fc.record({
      height: fc.nat(300),
      answered: fc.nat(3),
      atTip: fc.nat(3),
      forked: fc.boolean(),
      actualEdges: fc.nat(3),
      strayEdges: fc.nat(2),
    });
    fc.assert(
      fc.property(report, (overrides) => {
        const before = reported();
        const after = next({ ...overrides, tip: String(overrides.height).padStart(64, '0') }, before);
        const without = (status: typeof after) => ({
          ...status,
          chain: null,
          conditions: status.conditions?.map((one) => ({ ...one, message: one.type === 'Synced' ? '' : one.message })),
        });
        expect(without(after)).toEqual(without(before.status ?? {}));
      }),
    );
  });
});

describe('a workflow', () => {
  const large = (overrides: Partial<NetworkFacts> = {}): BitcoinNetwork =>
    reported({ network: aNetwork({ nodes: 101 }), pods: pods(101), peers: aReport(101), ...overrides });

  test('is at work while its status counts other pods than there are, or it connects them', () => {
    expect(isAtWork(large({ pods: pods(90) }), 91)).toBe(true);
    expect(isAtWork(large({ peers: aReport(101, { actualEdges: 1 }) }), 101)).toBe(true);
  });

  test('is at rest when the status says what there is, whether or not that is as declared', () => {
    expect(isAtWork(large(), 101)).toBe(false);
    expect(isAtWork(large({ pods: pods(90) }), 90)).toBe(false);
    expect(isAtWork(large({ peers: aReport(101, { strayEdges: 1 }) }), 101)).toBe(false);
  });

  test('of a small network is never in the way', () => {
    expect(isAtWork(reported({ pods: pods(1) }), 3)).toBe(false);
  });
});

describe('the rounds', () => {
  const names = Array.from({ length: 1_000 }, (_, number) => `default/network-${number}`);

  test('take ten seconds, longer in large networks, and a minute at most', () => {
    expect([0, 1, 100, 101, 300, 5_000].map(lookIntervalMs)).toEqual([10_000, 10_000, 10_000, 20_000, 30_000, 60_000]);
  });

  test('are spread: no tenth of the interval has more than twice its share of a thousand networks', () => {
    const tenths = names.map((name) => Math.floor(untilLookMs(T, 10_000, name) / 1_000));
    for (let tenth = 0; tenth < 10; tenth += 1) {
      expect(tenths.filter((one) => one === tenth).length).toBeLessThan(200);
    }
  });

  test('come to a network once in each interval, at the same place of it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), fc.integer({ min: 1, max: 60_000 }), (nowMs, intervalMs) => {
        const first = untilLookMs(nowMs, intervalMs, 'default/my-network');
        expect(first).toBeGreaterThan(0);
        expect(first).toBeLessThanOrEqual(intervalMs);
        expect(untilLookMs(nowMs + first, intervalMs, 'default/my-network')).toBe(intervalMs);
      }),
    );
  });

  test('belong to exactly one of the node watches, and each of these has its share', () => {
    for (const shards of [1, 2, 3, 7]) {
      const counts = Array.from({ length: shards }, () => 0);
      for (const name of names) counts[shardOf(name, shards)] = (counts[shardOf(name, shards)] ?? 0) + 1;
      expect(counts).toHaveLength(shards);
      for (const count of counts) expect(count).toBeGreaterThan(500 / shards);
    }
  });
});
