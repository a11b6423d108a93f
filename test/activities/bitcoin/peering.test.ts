import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { btcd } from '../../../activities/bitcoin/dialects/btcd.ts';
import { core } from '../../../activities/bitcoin/dialects/core.ts';
import type { Dialect } from '../../../activities/bitcoin/dialect.ts';
import { edgesOf } from '../../../activities/bitcoin/edges.ts';
import type { NodeEndpoint } from '../../../activities/bitcoin/endpoint.ts';
import { PeeringMemory } from '../../../activities/bitcoin/peering-memory.ts';
import { decide } from '../../../activities/bitcoin/peering.ts';
import { buildReport } from '../../../activities/bitcoin/report.ts';
import { dials, edgeCount } from '../../../workflows/topology.ts';
import { member, World } from './world.ts';

/** Milliseconds between two looks of a model run. */
const ROUND_MS = 250;

interface Run {
  world: World;
  members: NodeEndpoint[];
  dialect: Dialect;
  /** Members that answer; all when left out. */
  answering?: Set<number>;
  rounds?: number;
}

/** Looks, decides and acts, again and again, as `syncPeers` does; returns the last report. */
function run({ world, members, dialect, answering, rounds = 60 }: Run): ReturnType<typeof buildReport> {
  let now = 0;
  const memory = new PeeringMemory(() => now);
  const looksOf = (): Map<number, ReturnType<World['look']>> =>
    new Map(
      members
        .filter(({ ordinal }) => answering?.has(ordinal) ?? true)
        .map(({ ordinal }) => [ordinal, world.look(ordinal, dialect)]),
    );
  for (let round = 0; round < rounds; round += 1) {
    const looks = looksOf();
    const edges = edgesOf(members, looks, dials);
    memory.see(members, edges);
    const { orders } = decide(members, looks, edges, dialect, memory);
    for (const [ordinal, { dial }] of orders) for (const target of dial) memory.dialled(member(ordinal), target);
    world.round(orders);
    now += ROUND_MS;
  }
  const inspection = { looks: looksOf(), faults: new Map(), at: new Date(0) };
  return buildReport(members, inspection, dials, dialect);
}

const ordersOf = (world: World, members: NodeEndpoint[], dialect: Dialect): ReturnType<typeof decide>['orders'] => {
  const looks = new Map(members.map(({ ordinal }) => [ordinal, world.look(ordinal, dialect)]));
  return decide(members, looks, edgesOf(members, looks, dials), dialect, { mayDial: () => true, isStale: () => false })
    .orders;
};

/** Members with gaps in their ordinals, and connections among them and strangers, confirmed or shown by one end only. */
const situation = fc
  .uniqueArray(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 14 })
  .chain((ordinals) =>
    fc.record({
      members: fc.constant(ordinals.map(member)),
      links: fc.array(
        fc.record({
          from: fc.constantFrom(...ordinals, -1, -2),
          to: fc.constantFrom(...ordinals, -1, -2),
          shown: fc.constantFrom('both', 'from', 'to'),
        }),
        { maxLength: 40 },
      ),
      entries: fc.array(fc.record({ at: fc.constantFrom(...ordinals), name: fc.constantFrom('x.y', '10.0.0.1', 'net-sts-0.net-svc') })), // prettier-ignore
      dialRounds: fc.integer({ min: 1, max: 15 }),
    }),
  )
  .map(({ members, links, entries, dialRounds }) => {
    const world = new World(dialRounds);
    for (const { from, to, shown } of links) {
      if (from === to || (from < 0 && to < 0)) continue;
      world.link(from, to, shown === 'both' ? [from, to] : [shown === 'from' ? from : to]);
    }
    for (const { at, name } of entries) world.entries.set(at, new Set([...(world.entries.get(at) ?? []), name]));
    return { world, members };
  });

describe.each<[string, Dialect]>([
  ['btcd', btcd],
  ['core', core],
])('whatever %s nodes show', (_, dialect) => {
  test('acting on the decisions makes the network exactly what its topology says', () => {
    fc.assert(
      fc.property(situation, ({ world, members }) => {
        const report = run({ world, members, dialect });
        const expected = edgeCount(dials(members.map(({ ordinal }) => ordinal)));
        expect(report).toMatchObject({ expectedEdges: expected, actualEdges: expected, strayEdges: 0 });
      }),
      { numRuns: 100 },
    );
  });

  test('nothing is dialled twice, and only by the end that the topology names', () => {
    fc.assert(
      fc.property(situation, ({ world, members }) => {
        run({ world, members, dialect });
        const allowed = [...dials(members.map(({ ordinal }) => ordinal))].flatMap(([from, targets]) =>
          targets.map((target) => `${String(from)}>${String(target)}`),
        );
        expect(new Set(world.dials).size).toBe(world.dials.length);
        expect(allowed).toEqual(expect.arrayContaining(world.dials));
      }),
      { numRuns: 100 },
    );
  });

  test('a network that is as it should be is told nothing', () => {
    fc.assert(
      fc.property(situation, ({ world, members }) => {
        run({ world, members, dialect });
        expect(ordersOf(world, members, dialect)).toEqual(new Map());
      }),
      { numRuns: 50 },
    );
  });

  test('nodes that do not answer get no orders, and nobody dials them', () => {
    fc.assert(
      fc.property(situation, fc.func(fc.boolean()), ({ world, members }, answers) => {
        const answering = new Set(members.map(({ ordinal }) => ordinal).filter((ordinal) => answers(ordinal)));
        run({ world, members, dialect, answering });
        const dialled = world.dials.flatMap((dial) => dial.split('>').map(Number));
        expect(dialled.filter((ordinal) => !answering.has(ordinal))).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a pair', () => {
  const members = [member(0), member(1)];

  test('without a connection is dialled by the higher ordinal', () => {
    const orders = ordersOf(new World(), members, btcd);
    expect([...orders.keys()]).toEqual([1]);
    expect(orders.get(1)?.dial).toEqual([member(0)]);
  });

  test('with a connection the wrong way round keeps it', () => {
    const world = new World();
    world.link(0, 1);
    expect(ordersOf(world, members, btcd)).toEqual(new Map());
  });

  test('with too many connections loses all but one, the one dialled by the right end staying', () => {
    const world = new World();
    world.link(0, 1);
    world.link(1, 0);
    world.link(1, 0);
    world.round(ordersOf(world, members, btcd));
    expect(world.links.map(({ from, to }) => [from, to])).toEqual([[1, 0]]);
  });

  test('whose connection only one end shows is neither dialled nor cut at once', () => {
    const world = new World();
    world.link(1, 0, [1]);
    expect(ordersOf(world, members, btcd)).toEqual(new Map());
  });

  test('of Core nodes may have a connection in each direction, and both list each other by name', () => {
    const world = new World();
    world.link(0, 1);
    world.link(1, 0);
    const orders = ordersOf(world, members, core);
    expect([...orders].map(([ordinal, told]) => [ordinal, told.keep, told.disconnect])).toEqual([
      [0, ['net-sts-1.net-svc'], []],
      [1, ['net-sts-0.net-svc'], []],
    ]);
  });
});

test('a node that restarted with the same address is a new one: its pairs may be dialled at once', () => {
  const memory = new PeeringMemory(() => 0);
  memory.dialled(member(1), member(0));
  expect(memory.mayDial(member(1), member(0))).toBe(false);
  expect(memory.mayDial(member(1), { ...member(0), startedAt: '2026-01-01T00:05:00Z' })).toBe(true);
});

test('a dial that came to nothing is repeated ever more rarely', () => {
  let now = 0;
  const memory = new PeeringMemory(() => now);
  const waits: number[] = [];
  for (let dial = 0; dial < 6; dial += 1) {
    memory.dialled(member(1), member(0));
    const since = now;
    while (!memory.mayDial(member(1), member(0))) now += 1_000;
    waits.push((now - since) / 1_000);
  }
  expect(waits).toEqual([5, 10, 20, 30, 30, 30]);
});

test('above eight neighbours a Core node lists only those that it dials itself, never more than eight', () => {
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 60 }), (count) => {
      const members = Array.from({ length: count }, (_, ordinal) => member(ordinal));
      const world = new World();
      const report = run({ world, members, dialect: core, rounds: 5 });
      expect(report.actualEdges).toBe(report.expectedEdges);
      expect(Math.max(...[...world.entries.values()].map((entries) => entries.size))).toBeLessThanOrEqual(8);
    }),
    { numRuns: 10 },
  );
});
