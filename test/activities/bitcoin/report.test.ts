import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { btcd } from '../../../activities/bitcoin/dialects/btcd.ts';
import type { NodeLook } from '../../../activities/bitcoin/dialect.ts';
import { membersDigest } from '../../../activities/bitcoin/endpoint.ts';
import { buildReport, differs } from '../../../activities/bitcoin/report.ts';
import type { Inspection } from '../../../activities/bitcoin/report.ts';
import { RpcFault } from '../../../activities/bitcoin/rpc-fault.ts';
import { dials } from '../../../workflows/topology.ts';
import { member, TIP, World } from './world.ts';

const members = [0, 1, 2].map(member);

type Chain = Pick<NodeLook, 'height' | 'tip'>;

/** A report of three nodes; those in `faults` do not answer. */
function reportOf(
  world: World,
  faults: number[] = [],
  chain: (ordinal: number) => Chain = () => ({ height: 5, tip: TIP }),
) {
  const inspection: Inspection = {
    at: new Date('2026-05-05T05:05:05Z'),
    looks: new Map(
      [0, 1, 2]
        .filter((ordinal) => !faults.includes(ordinal))
        .map((ordinal) => [ordinal, { ...world.look(ordinal, btcd), ...chain(ordinal) }]),
    ),
    faults: new Map(faults.map((ordinal) => [ordinal, new RpcFault('Refused', member(ordinal).pod, 'ECONNREFUSED')])),
  };
  return buildReport(members, inspection, dials, btcd);
}

function mesh(): World {
  const world = new World();
  for (const [from, to] of [
    [1, 0],
    [2, 0],
    [2, 1],
  ] as const) {
    world.link(from, to);
  }
  return world;
}

test('a full mesh on one tip is reported as such', () => {
  expect(reportOf(mesh())).toEqual({
    members: membersDigest(members),
    wanted: 3,
    answered: 3,
    expectedEdges: 3,
    openEdges: 0,
    actualEdges: 3,
    strayEdges: 0,
    height: 5,
    tip: TIP,
    atTip: 3,
    forked: false,
    seenAt: '2026-05-05T05:05:05.000Z',
    faults: [],
  });
});

describe('an edge', () => {
  test('counts only if both ends show it', () => {
    const world = new World();
    world.link(1, 0, [1]);
    expect(reportOf(world)).toMatchObject({ actualEdges: 0, strayEdges: 0 });
  });

  test('counts on the word of one end while the other does not answer', () => {
    expect(reportOf(mesh(), [2])).toMatchObject({ answered: 2, actualEdges: 3 });
  });

  test('does not count when neither end answers', () => {
    expect(reportOf(mesh(), [1, 2])).toMatchObject({ answered: 1, actualEdges: 2 });
    expect(reportOf(mesh(), [0, 1, 2])).toMatchObject({ answered: 0, actualEdges: 0, height: null, tip: null });
  });

  test('of two connections is one edge and a stray one', () => {
    const world = mesh();
    world.link(0, 1);
    expect(reportOf(world)).toMatchObject({ actualEdges: 3, strayEdges: 1 });
  });

  test('to a stranger is stray, whoever dialled', () => {
    const world = mesh();
    world.link(-1, 0);
    world.link(2, -2);
    expect(reportOf(world)).toMatchObject({ actualEdges: 3, strayEdges: 2 });
  });
});

describe('the chain', () => {
  const other = 'cd'.repeat(32);

  test('is the highest, and nodes that lag behind are not on it', () => {
    const report = reportOf(mesh(), [], (ordinal) =>
      ordinal === 1 ? { height: 7, tip: other } : { height: 5, tip: TIP },
    );
    expect(report).toMatchObject({ height: 7, tip: other, atTip: 1, forked: false });
  });

  test('is forked when two tips share the best height; the one of more nodes is shown', () => {
    const report = reportOf(mesh(), [], (ordinal) => ({ height: 7, tip: ordinal === 1 ? other : TIP }));
    expect(report).toMatchObject({ height: 7, tip: TIP, atTip: 2, forked: true });
  });
});

test('faults are named for five nodes at most, the lowest ordinals first', () => {
  const many = Array.from({ length: 12 }, (_, ordinal) => member(ordinal));
  const faults = new Map(
    many.toReversed().map(({ ordinal, pod }) => [ordinal, new RpcFault('TimedOut', pod)] as const),
  );
  const report = buildReport(many, { looks: new Map(), faults, at: new Date(0) }, dials, btcd);
  expect(report.faults.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2, 3, 4]);
  expect(report.faults[0]).toEqual({ ordinal: 0, reason: 'TimedOut', message: 'net-sts-0 did not answer in time' });
});

test('no nodes make an empty report', () => {
  const report = buildReport([], { looks: new Map(), faults: new Map(), at: new Date(0) }, dials, btcd);
  expect(report).toMatchObject({ wanted: 0, answered: 0, expectedEdges: 0, actualEdges: 0, height: null, atTip: 0 });
});

test('a report is plain JSON of bounded size, however many nodes there are', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200 }), (count) => {
      const many = Array.from({ length: count }, (_, ordinal) => member(ordinal));
      const faults = new Map(many.map(({ ordinal, pod }) => [ordinal, new RpcFault('Unreachable', pod)] as const));
      const report = buildReport(many, { looks: new Map(), faults, at: new Date(0) }, dials, btcd);
      expect(JSON.parse(JSON.stringify(report))).toEqual(report);
      expect(JSON.stringify(report).length).toBeLessThan(1_500);
    }),
    { numRuns: 20 },
  );
});

test('the digest of members tells addresses and restarts apart, and no order', () => {
  const digest = membersDigest(members);
  expect(digest).toMatch(/^[0-9a-f]{16}$/);
  expect(membersDigest(members.toReversed())).toBe(digest);
  const [first, ...others] = members;
  for (const change of [{ address: '10.0.0.99' }, { startedAt: '2026-01-02T00:00:00Z' }, { ordinal: 9 }]) {
    expect(membersDigest([{ ...member(0), ...first, ...change }, ...others])).not.toBe(digest);
  }
});

test('two reports differ by what a pass acts on: not by when they were made, how a fault is worded, or how high the chain is', () => {
  const report = reportOf(mesh(), [2]);
  const reworded = report.faults.map((fault) => ({ ...fault, message: 'x' }));
  for (const change of [{ seenAt: 'later' }, { faults: reworded }, { height: 6, tip: 'x' }]) {
    expect(differs(report, { ...report, ...change })).toBe(false);
  }
  for (const change of [{ actualEdges: 0 }, { strayEdges: 1 }, { forked: true }, { atTip: 3 }, { faults: [] }]) {
    expect(differs(report, { ...report, ...change })).toBe(true);
  }
});
