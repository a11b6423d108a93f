import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dials, edgeCount, FULL_MESH_MAX } from '../../workflows/topology.ts';

const ordinals = (count: number): number[] => Array.from({ length: count }, (_, ordinal) => ordinal);

/** Some of the nodes 0 … n-1 are ready, in any order. */
const readyNodes = fc
  .integer({ min: 0, max: 300 })
  .chain((count) => fc.shuffledSubarray(ordinals(count), { minLength: 0, maxLength: count }));

function neighbours(topology: Map<number, number[]>): Map<number, Set<number>> {
  const found = new Map([...topology.keys()].map((ordinal) => [ordinal, new Set<number>()]));
  for (const [from, targets] of topology) {
    for (const to of targets) {
      found.get(from)?.add(to);
      found.get(to)?.add(from);
    }
  }
  return found;
}

/** Hops from one node to each node that it reaches. */
function hops(topology: Map<number, number[]>, start: number): Map<number, number> {
  const edges = neighbours(topology);
  const distance = new Map([[start, 0]]);
  const queue = [start];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const other of edges.get(next) ?? []) {
      if (distance.has(other)) continue;
      distance.set(other, (distance.get(next) ?? 0) + 1);
      queue.push(other);
    }
  }
  return distance;
}

const edgesOf = (topology: Map<number, number[]>): Set<string> =>
  new Set(
    [...topology].flatMap(([from, targets]) => targets.map((to) => `${Math.min(from, to)}-${Math.max(from, to)}`)),
  );

describe('the topology', () => {
  test('connects every node with every other up to nine, the higher ordinal dialling', () => {
    for (let count = 0; count <= FULL_MESH_MAX; count += 1) {
      const topology = dials(ordinals(count));
      expect(edgeCount(topology)).toBe(count === 0 ? 0 : (count * (count - 1)) / 2);
      for (const [from, targets] of topology) expect(targets.every((to) => to < from)).toBe(true);
    }
  });

  test('lists exactly the nodes it was given, whatever their order', () => {
    fc.assert(
      fc.property(readyNodes, (ready) => {
        // As text: jest compares Maps in quadratic time.
        const inOrder = dials([...ready].sort((a, b) => a - b));
        expect(JSON.stringify([...dials(ready)])).toBe(JSON.stringify([...inOrder]));
        expect([...dials(ready).keys()].sort((a, b) => a - b)).toEqual([...ready].sort((a, b) => a - b));
      }),
    );
  });

  test('connects whatever nodes are ready', () => {
    fc.assert(
      fc.property(
        readyNodes.filter((ready) => ready.length > 0),
        (ready) => {
          expect(hops(dials(ready), ready[0] ?? 0).size).toBe(ready.length);
        },
      ),
    );
  });

  test('asks no node to dial more than eight others, none twice, and never itself', () => {
    fc.assert(
      fc.property(readyNodes, (ready) => {
        const topology = dials(ready);
        const wrong = [...topology].filter(
          ([from, targets]) => targets.length > 8 || new Set(targets).size < targets.length || targets.includes(from),
        );
        expect(wrong).toEqual([]);
        expect(edgesOf(topology).size).toBe(edgeCount(topology));
      }),
    );
  });

  test('has a diameter that grows like the logarithm', () => {
    for (const count of [10, 100, 1000]) {
      const furthest = Math.max(...hops(dials(ordinals(count)), 0).values());
      expect(furthest).toBeLessThanOrEqual(Math.ceil(Math.log2(count)));
    }
  });

  test('moves only edges of the node that leaves, and those that ended at it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 12, max: 200 }), fc.nat(), (count, pick) => {
        const leaving = pick % count;
        const before = dials(ordinals(count));
        const after = dials(ordinals(count).filter((ordinal) => ordinal !== leaving));
        const kept = edgesOf(after);
        const lost = [...edgesOf(before)].filter((edge) => !kept.has(edge));
        const degree = neighbours(before).get(leaving)?.size ?? 0;
        expect(lost.length).toBe(degree);
      }),
    );
  });
});
