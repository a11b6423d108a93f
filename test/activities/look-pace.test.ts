/** How often many networks are looked at. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LookPace } from '../../activities/look-pace.ts';
import { BUSY_MS } from '../../workflows/node-watch.ts';
import type { BitcoinNetwork } from '../../workflows/facts.ts';
import type { Implementation } from '../../workflows/spec.ts';
import { desiredStatus } from '../../workflows/status.ts';
import { aNetwork, aReport, NOW, pods, theFacts } from '../support/facts.ts';

/** Requests a second that a node watch spends, in terms of Bitcoin Core; one to btcd counts for so many. */
const BUDGET = { busy: 30, calm: 40 };
const PRICES = { 'bitcoin-core': 1, btcd: 4 };

function settled(nodes: number): BitcoinNetwork {
  const network = aNetwork({ nodes });
  const facts = theFacts({ network, replicas: nodes, pods: pods(nodes), peers: aReport(nodes) });
  return { ...network, status: desiredStatus({ ...facts, network }, NOW) };
}

interface Kind {
  nodes: number;
  implementation: Implementation;
  changedMs: number | null;
}

/** Milliseconds between looks at each network, once all are known. */
function intervals(kinds: readonly Kind[]): number[] {
  const pace = new LookPace();
  const networks = new Map<number, BitcoinNetwork>();
  const ask = ({ nodes, implementation, changedMs }: Kind, at: number): number => {
    const network = networks.get(nodes) ?? settled(nodes);
    networks.set(nodes, network);
    return pace.intervalMs(`default/${String(at)}`, network, implementation, changedMs);
  };
  kinds.forEach(ask);
  return kinds.map(ask);
}

const many = (count: number, kind: Partial<Kind> = {}): Kind[] =>
  Array.from({ length: count }, () => ({ nodes: 3, implementation: 'bitcoin-core', changedMs: null, ...kind }));

describe('a network is looked at', () => {
  test.each<[string, Kind[], number]>([
    ['every 10 s where there are few', many(100), 10_000],
    ['every 10 s where there are few of btcd', many(30, { implementation: 'btcd' }), 10_000],
    ['every 80 s where there are 1,000', many(1_000), 80_000],
    ['every 100 s where there are 333 of btcd', many(333, { implementation: 'btcd' }), 100_000],
    ['every 5 minutes however many there are', many(30_000), 300_000],
    ['every 130 s when it has 5,000 nodes', many(1, { nodes: 5_000 }), 130_000],
  ])('%s', (_, kinds, intervalMs) => {
    expect(new Set(intervals(kinds))).toEqual(new Set([intervalMs]));
  });

  test('every 10 s while it changes, whatever the others need', () => {
    const all = [...many(100, { changedMs: 0 }), ...many(1_000)];
    expect(new Set(intervals(all).slice(0, 100))).toEqual(new Set([10_000]));
    const calm = many(100, { changedMs: BUSY_MS });
    expect(new Set(intervals([...calm, ...many(1_000)]))).toEqual(new Set([90_000]));
  });

  test('every 10 s while its workflow has not come to rest', () => {
    const pace = new LookPace();
    many(1_000).forEach((_, at) => pace.intervalMs(`default/${String(at)}`, settled(3), 'bitcoin-core', null));
    const { status, ...network } = settled(3);
    const unseen = { ...network, status: { ...status, observedGeneration: 0 } };
    expect(pace.intervalMs('default/new', unseen, 'bitcoin-core', null)).toBe(10_000);
  });

  test('as before, once others are gone', () => {
    const pace = new LookPace();
    const network = settled(3);
    const keys = many(1_000).map((_, at) => `default/${String(at)}`);
    for (const key of keys) pace.intervalMs(key, network, 'bitcoin-core', null);
    for (const key of keys.slice(1)) pace.forget(key);
    expect(pace.intervalMs('default/0', network, 'bitcoin-core', null)).toBe(10_000);
  });

  test('so that all together stay within what a node watch spends', () => {
    const kind = fc.record({
      nodes: fc.integer({ min: 1, max: 12 }),
      implementation: fc.constantFrom<Implementation>('bitcoin-core', 'btcd'),
      changedMs: fc.constantFrom(null, 0),
    });
    const group = fc.tuple(kind, fc.integer({ min: 1, max: 100 }));
    fc.assert(
      fc.property(fc.array(group, { minLength: 1, maxLength: 5 }), (groups) => {
        const kinds = groups.flatMap(([one, count]) => many(count, one));
        const spent = { busy: 0, calm: 0 };
        intervals(kinds).forEach((intervalMs, at) => {
          const { nodes = 0, implementation = 'btcd', changedMs = null } = kinds[at] ?? {};
          spent[changedMs === null ? 'calm' : 'busy'] += (nodes * PRICES[implementation] * 1_000) / intervalMs;
        });
        expect(spent.busy).toBeLessThanOrEqual(BUDGET.busy + 1e-6);
        expect(spent.calm).toBeLessThanOrEqual(BUDGET.calm + 1e-6);
      }),
      { numRuns: 20 },
    );
  });
});
