import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ChildState, NetworkFacts } from '../../workflows/facts.ts';
import type { PeersReport } from '../../workflows/observation.ts';
import { backoffMs, pauseMs, plan, restMs, summaryOf, type PlanSettings } from '../../workflows/plan.ts';
import { desiredStatus } from '../../workflows/status.ts';
import { aNetwork, aPod, aReport, NOW, pods, theFacts } from '../support/facts.ts';

/** The same facts, with the status that they ask for already written. */
function reported(facts: NetworkFacts): NetworkFacts {
  const { network } = facts;
  if (network === null) throw new Error('only a network that is there has a status');
  return { ...facts, network: { ...network, status: desiredStatus({ ...facts, network }, NOW) } };
}
const dueOf = (facts: NetworkFacts): string[][] => plan(facts, NOW).due;

describe('a look at a network', () => {
  test('that is as declared finds nothing due', () => {
    expect(plan(reported(theFacts()), NOW)).toEqual({
      due: [],
      settled: true,
      waitFor: null,
      failures: {},
      statusWaitMs: 0,
    });
  });

  test('that is new makes the Secret and the Service side by side, then the set that needs them, then reports', () => {
    const facts = theFacts({
      credentials: 'missing',
      service: 'missing',
      statefulSet: 'missing',
      replicas: null,
      pods: [],
      peers: null,
    });
    expect(plan(facts, NOW)).toMatchObject({
      due: [['ensureCredentials', 'ensureService'], ['ensureStatefulSet'], ['updateStatus']],
      settled: false,
      waitFor: 'podReadiness',
    });
  });

  test('whose children were changed by hand puts back just those', () => {
    expect(dueOf(reported(theFacts({ service: 'drifted' })))).toEqual([['ensureService'], ['updateStatus']]);
    expect(dueOf(reported(theFacts({ statefulSet: 'drifted' })))).toEqual([['ensureStatefulSet'], ['updateStatus']]);
  });

  test('leaves foreign and dying children alone, and says so', () => {
    for (const state of ['foreign', 'dying'] as ChildState[]) {
      expect(dueOf(theFacts({ service: state, statefulSet: state }))).toEqual([['updateStatus']]);
    }
  });

  test('that grows enlarges the stateful set at once', () => {
    expect(dueOf(theFacts({ network: aNetwork({ nodes: 4 }), replicas: 3, pods: pods(3), peers: aReport(3) }))).toEqual(
      [['ensureStatefulSet'], ['updateStatus']],
    );
  });

  test('that shrinks lets the others forget the leaving nodes first', () => {
    const facts = theFacts({
      network: aNetwork({ nodes: 2 }),
      replicas: 3,
      pods: pods(3),
      peers: aReport(2, { strayEdges: 2 }),
    });
    expect(dueOf(facts)).toEqual([['syncPeers'], ['ensureStatefulSet'], ['updateStatus']]);
  });

  test('connects nodes when edges are missing or strangers are there', () => {
    expect(dueOf(theFacts({ peers: aReport(3, { actualEdges: 2 }) }))[0]).toEqual(['syncPeers']);
    expect(dueOf(theFacts({ peers: aReport(3, { strayEdges: 1 }) }))[0]).toEqual(['syncPeers']);
  });

  describe('whose newest block is old', () => {
    const HALF_A_DAY = 12 * 3_600_000;
    const at = (ageMs: number): string => new Date(Date.parse(NOW) - ageMs).toISOString();
    const due = (facts: Partial<NetworkFacts>, settings?: PlanSettings): string[][] =>
      plan(reported(theFacts(facts)), NOW, settings).due;

    test('gets a block when that one is twelve hours old, and then says so', () => {
      expect(due({ tipMinedAt: at(HALF_A_DAY - 1) })).toEqual([]);
      expect(due({ tipMinedAt: at(HALF_A_DAY) })).toEqual([['refreshTip'], ['updateStatus']]);
    });

    test('gets none where that is turned off, at height 0, or while nobody knows its age', () => {
      const tipMinedAt = at(2 * HALF_A_DAY);
      expect(due({ tipMinedAt, network: { ...aNetwork(), spec: { nodes: 3, refreshTip: false } } })).toEqual([]);
      expect(due({ tipMinedAt }, { tipMaxAgeMs: null })).toEqual([]);
      expect(due({ tipMinedAt, peers: aReport(3, { height: 0 }) })).toEqual([]);
      expect(due({ tipMinedAt: null })).toEqual([]);
    });
  });

  test('connects nodes anew that stay behind although they are connected, but gives them time first', () => {
    const behind = (peers: Partial<PeersReport>, quietPasses: number): string[] =>
      plan(theFacts({ peers: aReport(3, { atTip: 2, ...peers }) }), NOW, { quietPasses }).due.flat();
    expect(behind({}, 4)).toEqual(['updateStatus']);
    expect(behind({}, 5)).toEqual(['reconnectLaggards', 'updateStatus']);
    expect(behind({ forked: true }, 5)).not.toContain('reconnectLaggards');
    expect(behind({ actualEdges: 2 }, 5)).not.toContain('reconnectLaggards');
    expect(behind({ atTip: 3 }, 5)).not.toContain('reconnectLaggards');
  });

  test('waits for pods while some are missing, then for connections and tips', () => {
    expect(plan(theFacts({ pods: [aPod(0)], peers: aReport(1) }), NOW).waitFor).toBe('podReadiness');
    expect(plan(theFacts({ peers: aReport(3, { atTip: 1 }) }), NOW).waitFor).toBe('peering');
  });

  test('keeps its hands off a paused or a dying network', () => {
    const drifted = { service: 'missing', statefulSet: 'missing' } as const;
    const paused = theFacts({ network: { ...aNetwork(), spec: { nodes: 3, paused: true } }, ...drifted });
    const network = aNetwork();
    const dying = theFacts({
      network: { ...network, metadata: { ...network.metadata, deletionTimestamp: NOW } },
      ...drifted,
    });
    expect(dueOf(paused)).toEqual([]);
    expect(dueOf(dying)).toEqual([]);
    expect(summaryOf(paused, [])).toContain('Paused');
  });

  test('forgets the failure of a step that is no longer due', () => {
    const failures = {
      ensureService: { reason: 'Forbidden', message: 'm' },
      updateStatus: { reason: 'TimedOut', message: 'm' },
    };
    expect(plan({ ...reported(theFacts()), failures }, NOW).failures).toEqual({});
    expect(plan(theFacts({ failures, service: 'missing' }), NOW).failures).toEqual(failures);
  });

  test('does not try to render credentials that cannot be rendered, and says why', () => {
    const credentialsProblem = { reason: 'SecretMissing', message: 'm' };
    const facts = theFacts({ credentials: 'missing', credentialsProblem });
    expect(plan(facts, NOW)).toMatchObject({
      due: [['updateStatus']],
      failures: { ensureCredentials: credentialsProblem },
      waitFor: 'podReadiness',
    });
  });

  test('leaves a node that does not answer alone, and connects the others', () => {
    const faults = [{ ordinal: 2, reason: 'Unauthorized', message: 'm' }];
    const silent = { answered: 2, actualEdges: 1, faults };
    expect(dueOf(reported(theFacts({ peers: aReport(3, { ...silent, openEdges: 0 }) })))).toEqual([]);
    expect(dueOf(theFacts({ peers: aReport(3, { ...silent, openEdges: 1 }) }))[0]).toEqual(['syncPeers']);
  });

  test('waits for pods by the watch alone after a while, but for what no watch shows as long as it takes', () => {
    const image = theFacts({ pods: pods(3, { ready: false, problem: { reason: 'ImagePullBackOff', message: 'm' } }) });
    const waitFor = (facts: NetworkFacts, quietPasses: number) => plan(facts, NOW, { quietPasses }).waitFor;
    expect(waitFor(image, 0)).toBe('podReadiness');
    expect(waitFor(image, 30)).toBeNull();
    expect(waitFor(theFacts({ service: 'foreign' }), 30)).toBe('podReadiness');
    expect(waitFor(theFacts({ peers: aReport(3, { answered: 2 }) }), 30)).toBe('peering');
  });

  test('always ends in a report when anything is due, and never settles while something is', () => {
    const child = fc.constantFrom<ChildState>('missing', 'ours', 'drifted', 'dying', 'foreign');
    const anyFacts = fc
      .record({
        credentials: child,
        service: child,
        statefulSet: child,
        nodes: fc.nat(5),
        there: fc.nat(5),
        edges: fc.nat(10),
      })
      .map(({ nodes, there, edges, ...children }) =>
        theFacts({
          ...children,
          network: aNetwork({ nodes }),
          replicas: children.statefulSet === 'missing' ? null : there,
          pods: pods(there),
          peers: there === 0 ? null : aReport(Math.min(there, nodes), { actualEdges: edges }),
        }),
      );
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const { due, settled } = plan(facts, NOW);
        if (due.length > 0) {
          expect(due.at(-1)).toEqual(['updateStatus']);
          expect(settled).toBe(false);
        }
        expect(new Set(due.flat()).size).toBe(due.flat().length);
      }),
    );
  });
});

describe('the pause before the next look', () => {
  const resync = { minMs: 1_000, maxMs: 600_000 };

  test('doubles from the minimum to the maximum, spread by at most a fifth', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.string(), (attempt, seed) => {
        const full = Math.min(resync.maxMs, resync.minMs * 2 ** attempt);
        const pause = backoffMs(attempt, resync, seed);
        expect(pause).toBeLessThanOrEqual(full);
        expect(pause).toBeGreaterThanOrEqual(full * 0.8 - 1);
      }),
    );
  });

  test('differs between networks, so that a thousand do not wake together', () => {
    const pauses = Array.from({ length: 1000 }, (_, index) => backoffMs(20, resync, `uid-${index}`));
    expect(new Set(pauses).size).toBeGreaterThan(900);
  });

  test('is ten minutes for what the watch or the wait shows, and one minute at most for what only a look shows', () => {
    const problem = { reason: 'Some', message: 'm' };
    const faults = [{ ordinal: 2, reason: 'Unauthorized', message: 'm' }];
    const shown = [
      theFacts({ failures: { ensureService: problem } }),
      theFacts({ pods: pods(3, { ready: false, problem }), peers: null }),
      theFacts({ peers: aReport(3, { answered: 2, faults }) }),
    ];
    const unseen = [
      theFacts({ failures: { updateStatus: problem } }),
      theFacts({ failures: { syncPeers: problem } }),
      theFacts({ pods: pods(2), peers: aReport(2, { answered: 1, faults }) }),
    ];
    for (const facts of shown) expect(pauseMs(facts, 30, resync, 's')).toBeGreaterThanOrEqual(480_000);
    for (const facts of unseen) expect(pauseMs(facts, 30, resync, 's')).toBeLessThanOrEqual(60_000);
  });

  test('of a settled network that is watched is the longest, but for the first, which is spread over all of it', () => {
    const watched = { ...resync, restMaxMs: 3_600_000 };
    const rests = (quietPasses: number): number[] =>
      Array.from({ length: 1_000 }, (_, index) => restMs(quietPasses, watched, `uid-${index}`));
    expect(Math.min(...rests(2), ...rests(50))).toBeGreaterThanOrEqual(2_880_000);
    expect(Math.max(...rests(2), ...rests(50))).toBeLessThanOrEqual(3_600_000);
    const tenths = new Map<number, number>();
    for (const rest of rests(1)) {
      const tenth = Math.floor(rest / 360_000);
      tenths.set(tenth, (tenths.get(tenth) ?? 0) + 1);
    }
    expect([...tenths.keys()].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(Math.max(...tenths.values())).toBeLessThan(150);
  });

  test('of a settled network ends when its newest block gets too old, not together with those of others', () => {
    const watched = { ...resync, restMaxMs: 3_600_000 };
    const rests = Array.from({ length: 1_000 }, (_, index) => restMs(5, watched, `uid-${index}`, 60_000));
    expect(Math.min(...rests)).toBeGreaterThanOrEqual(60_000);
    expect(Math.max(...rests)).toBeLessThanOrEqual(660_000);
    expect(new Set(rests).size).toBeGreaterThan(900);
    expect(restMs(5, watched, 's', -3_600_000)).toBe(resync.minMs);
  });

  test('of a settled network that nobody watches doubles like any other', () => {
    expect(restMs(1, resync, 's')).toBe(backoffMs(1, resync, 's'));
  });

  test('of a settled network keeps to the minimum that was set', () => {
    const hour = { minMs: 3_600_000, maxMs: 3_600_000, restMaxMs: 3_600_000 };
    expect(restMs(1, hour, 's')).toBe(hour.minMs);
  });

  test('never falls below the minimum that was set, whatever is wrong', () => {
    const hour = { minMs: 3_600_000, maxMs: 3_600_000 };
    const secret = theFacts({ failures: { ensureCredentials: { reason: 'SecretMissing', message: 'm' } } });
    expect(pauseMs(secret, 0, hour, 's')).toBeGreaterThanOrEqual(0.8 * hour.minMs);
  });
});
