import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_NODES } from '../../workflows/names.ts';
import { dials, edgeCount, FULL_MESH_MAX } from '../../workflows/topology.ts';

type Topology = Map<number, number[]>;

/** Nodes up to which every single number of nodes is looked at. */
const EVERY_UP_TO = 2000;

/** Most connections of one node: Core accepts 114. */
const MOST_CONNECTIONS = 24;
const MOST_CONNECTIONS_WITH_GAPS = 64;

/** Twice the ways from one node are at least the diameter: at most so many times log2 n. */
const LENGTH_OF_WAYS = 1.25;
const LENGTH_OF_WAYS_WITH_GAPS = 2.5;

const ordinals = (count: number): number[] => Array.from({ length: count }, (_, ordinal) => ordinal);

/** What is left when pods die: single ones anywhere, and all pods of a few ranges. */
const survivors = fc
  .record({
    count: fc.integer({ min: 0, max: 3000 }),
    share: fc.oneof(fc.constantFrom(1, 0.99, 0.9), fc.double({ min: 0, max: 1, noNaN: true })),
    ranges: fc.array(fc.record({ from: fc.nat({ max: 3000 }), length: fc.nat({ max: 1500 }) }), { maxLength: 3 }),
    seed: fc.nat(),
  })
  .map(({ count, share, ranges, seed }) => {
    const random = randomFrom(seed);
    const isGone = (ordinal: number): boolean =>
      ranges.some(({ from, length }) => ordinal >= from && ordinal < from + length);
    return ordinals(count).filter((ordinal) => random() <= share && !isGone(ordinal));
  });

/** Numbers from 0 to 1: a linear congruential generator. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/** Neighbours by ordinal; undefined for nodes that are missing. Arrays: this runs for two thousand networks. */
type Neighbours = (number[] | undefined)[];

function neighbours(topology: Topology): Neighbours {
  const found: Neighbours = [];
  for (const ordinal of topology.keys()) found[ordinal] = [];
  for (const [from, targets] of topology) {
    for (const to of targets) {
      found[from]?.push(to);
      found[to]?.push(from);
    }
  }
  return found;
}

/** Hops from a node to the one that is furthest away; infinite when some of the nodes cannot be reached. */
function eccentricity(edges: Neighbours, start: number, nodes: number): number {
  const hops = new Int32Array(edges.length).fill(-1);
  hops[start] = 0;
  const queue = [start];
  let furthest = 0;
  for (const next of queue) {
    furthest = hops[next] ?? 0;
    for (const other of edges[next] ?? []) {
      if (hops[other] !== -1) continue;
      hops[other] = furthest + 1;
      queue.push(other);
    }
  }
  return queue.length === nodes ? furthest : Infinity;
}

const mostConnections = (edges: Neighbours): number =>
  edges.reduce((most, others) => Math.max(most, others?.length ?? 0), 0);

/**
 * Whether a node dials more than eight others, one of them twice, itself, or one with a higher ordinal (an edge could be there twice),
 * or lists them in another order than from the lowest.
 */
const isWrong = (from: number, targets: readonly number[]): boolean =>
  targets.length > 8 || targets.some((to, index) => to >= (targets[index + 1] ?? from));

const wrongDiallers = (topology: Topology): unknown[] =>
  [...topology].filter(([from, targets]) => isWrong(from, targets));

const isSame = (one: readonly number[], other: readonly number[] | undefined): boolean =>
  one.length === other?.length && one.every((target, index) => target === other[index]);

const edgesOf = (topology: Topology): Set<string> =>
  new Set([...topology].flatMap(([from, targets]) => targets.map((to) => `${from}-${to}`)));

const without = (one: ReadonlySet<string>, other: ReadonlySet<string>): string[] =>
  [...one].filter((edge) => !other.has(edge));

const endsAt = (edge: string, nodes: ReadonlySet<number>): boolean =>
  edge.split('-').some((end) => nodes.has(Number(end)));

test('up to nine nodes are connected each with each, the higher ordinal dialling', () => {
  for (let count = 0; count <= FULL_MESH_MAX; count += 1) {
    const topology = dials(ordinals(count));
    expect(2 * edgeCount(topology)).toBe(count * Math.max(0, count - 1));
    expect(wrongDiallers(topology)).toEqual([]);
  }
});

describe('for every number of nodes to 2,000', () => {
  /** What was found for the nodes 0 to n-1, by n. */
  const found: { edges: number; furthest: number; most: number; wrong: number; moved: number }[] = [];

  beforeAll(() => {
    let before: Topology = new Map();
    for (let count = 0; count <= EVERY_UP_TO; count += 1) {
      const topology = dials(ordinals(count));
      const edges = neighbours(topology);
      found.push({
        edges: edgeCount(topology),
        furthest: eccentricity(edges, 0, count),
        most: mostConnections(edges),
        wrong: wrongDiallers(topology).length,
        moved: [...before].filter(([ordinal, targets]) => !isSame(targets, topology.get(ordinal))).length,
      });
      before = topology;
    }
  });

  test('all are connected, and the ways grow like the logarithm', () => {
    const tooLong = found.flatMap(({ furthest }, count) =>
      count > FULL_MESH_MAX && 2 * furthest > LENGTH_OF_WAYS * Math.log2(count) ? [{ count, furthest }] : [],
    );
    expect(tooLong).toEqual([]);
  });

  test('nobody dials more than eight others, and nobody has more than 24 connections', () => {
    expect(found.filter(({ wrong }) => wrong > 0)).toEqual([]);
    expect(Math.max(...found.map(({ most }) => most))).toBeLessThanOrEqual(MOST_CONNECTIONS);
  });

  test('one node more changes nothing for the others, nor does one node less, from 9 to 10 neither', () => {
    expect(found.filter(({ moved }) => moved > 0)).toEqual([]);
  });

  test('a tenth more or less moves at most a fifth of the edges, made and cut, those of the nodes that come or go included', () => {
    const tooMany: number[] = [];
    for (let count = FULL_MESH_MAX + 1; count <= EVERY_UP_TO; count += 1) {
      const few = Math.floor(count / 10);
      const [less, edges, more] = [found[count - few], found[count], found[count + few]].map((one) => one?.edges ?? 0);
      // Nobody else's edges change, so what moves is the difference.
      const moved = Math.max((more ?? 0) - (edges ?? 0), (edges ?? 0) - (less ?? 0));
      if (moved > 0.2 * (edges ?? 0)) tooMany.push(count);
    }
    expect(tooMany).toEqual([]);
  });
});

test('the longest way between any two nodes is at most log2 of their number', () => {
  for (const count of [10, 31, 32, 100, 500, 1023, 1500]) {
    const edges = neighbours(dials(ordinals(count)));
    const diameter = Math.max(...ordinals(count).map((start) => eccentricity(edges, start, count)));
    expect(diameter).toBeLessThanOrEqual(Math.log2(count));
  }
});

test('the largest network keeps to the same limits', () => {
  const topology = dials(ordinals(MAX_NODES));
  const edges = neighbours(topology);
  expect(wrongDiallers(topology)).toEqual([]);
  expect(mostConnections(edges)).toBeLessThanOrEqual(MOST_CONNECTIONS);
  expect(2 * eccentricity(edges, 0, MAX_NODES)).toBeLessThanOrEqual(LENGTH_OF_WAYS * Math.log2(MAX_NODES));
});

describe('whatever nodes are missing', () => {
  test('exactly the others are there, in whatever order they are given', () => {
    fc.assert(
      fc.property(survivors, fc.nat(), (there, seed) => {
        const random = randomFrom(seed);
        const shuffled = there
          .map((ordinal) => ({ ordinal, at: random() }))
          .sort((one, other) => one.at - other.at)
          .map(({ ordinal }) => ordinal);
        // As text: jest compares Maps in quadratic time.
        expect(JSON.stringify([...dials(shuffled)])).toBe(JSON.stringify([...dials(there)]));
        expect([...dials(shuffled).keys()]).toEqual(there);
      }),
    );
  });

  test('the others are connected, by short ways, and nobody has too many connections', () => {
    fc.assert(
      fc.property(survivors, (there) => {
        const topology = dials(there);
        const edges = neighbours(topology);
        expect(wrongDiallers(topology)).toEqual([]);
        expect(mostConnections(edges)).toBeLessThanOrEqual(MOST_CONNECTIONS_WITH_GAPS);
        const furthest = there.length === 0 ? 0 : eccentricity(edges, there[0] ?? 0, there.length);
        const most = there.length <= FULL_MESH_MAX ? 1 : (LENGTH_OF_WAYS_WITH_GAPS / 2) * Math.log2(there.length);
        expect(furthest).toBeLessThanOrEqual(most);
      }),
    );
  });

  test('nobody hangs by one connection', () => {
    fc.assert(
      fc.property(
        survivors.filter((there) => there.length > FULL_MESH_MAX),
        (there) => {
          const few = neighbours(dials(there)).filter((others) => others !== undefined && others.length < 2);
          expect(few).toEqual([]);
        },
      ),
    );
  });
});

test('when up to a twentieth of the nodes die, only their own edges go, and hardly any are made in their place', () => {
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 3000 }), fc.nat(), (count, seed) => {
      const random = randomFrom(seed);
      const dead = new Set(Array.from({ length: Math.floor(count / 20) }, () => Math.floor(random() * count)));
      const before = edgesOf(dials(ordinals(count)));
      const after = edgesOf(dials(ordinals(count).filter((ordinal) => !dead.has(ordinal))));
      expect(without(before, after).filter((edge) => !endsAt(edge, dead))).toEqual([]);
      expect(without(after, before).length).toBeLessThanOrEqual(1 + 0.005 * before.size);
    }),
  );
});
