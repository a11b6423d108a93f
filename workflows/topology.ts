/** Who connects to whom. Pure: no imports. */

/** Up to this many nodes every node is connected to every other: Bitcoin Core opens at most 8 added-node connections. */
export const FULL_MESH_MAX = 9;

/** Connections that one node of a larger network opens besides the one to its successor on the ring. */
const CHORDS = 5;

/**
 * The connections that a network of these nodes should have, each once, as "who dials whom". Up to nine nodes a full mesh in
 * which the higher ordinal dials the lower. Above that, every node has a fixed pseudo-random place on a ring and dials its
 * successor (so the graph is connected) and the successors of a few fixed pseudo-random places (so its diameter grows like
 * log n). A node that comes or goes moves only the edges that end at it.
 *
 * @returns for every ordinal the ordinals that it dials, at most eight, in ascending order
 */
export function dials(ordinals: readonly number[]): Map<number, number[]> {
  const members = [...new Set(ordinals)].sort((a, b) => a - b);
  return members.length <= FULL_MESH_MAX ? fullMesh(members) : ringWithChords(members);
}

/** How many undirected connections `dials` asks for. */
export function edgeCount(topology: ReadonlyMap<number, readonly number[]>): number {
  let count = 0;
  for (const targets of topology.values()) count += targets.length;
  return count;
}

function fullMesh(members: readonly number[]): Map<number, number[]> {
  return new Map(members.map((ordinal, index) => [ordinal, members.slice(0, index)]));
}

function ringWithChords(members: readonly number[]): Map<number, number[]> {
  const ring = members
    .map((ordinal) => ({ ordinal, place: placeOf(ordinal, 0) }))
    .sort((a, b) => a.place - b.place || a.ordinal - b.ordinal);
  const targets = new Map(members.map((ordinal) => [ordinal, new Set<number>()]));
  ring.forEach(({ ordinal }, index) => {
    connect(targets, ordinal, at(ring, index + 1));
    for (let chord = 1; chord <= CHORDS; chord += 1) {
      connect(targets, ordinal, successor(ring, placeOf(ordinal, chord)));
    }
  });
  return new Map([...targets].map(([ordinal, set]) => [ordinal, [...set].sort((a, b) => a - b)]));
}

/** Adds the edge unless it is there in either direction, or a loop. */
function connect(targets: Map<number, Set<number>>, from: number, to: number): void {
  if (from === to || targets.get(to)?.has(from)) return;
  targets.get(from)?.add(to);
}

interface Place {
  ordinal: number;
  place: number;
}

const at = (ring: readonly Place[], index: number): number => ring[index % ring.length]?.ordinal ?? 0;

/** The first node at or after a place on the ring, by bisection. */
function successor(ring: readonly Place[], place: number): number {
  let low = 0;
  let high = ring.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ring[middle]?.place ?? 0) < place) low = middle + 1;
    else high = middle;
  }
  return at(ring, low);
}

/** A fixed pseudo-random number of 32 bits for an ordinal and a salt: the finalizer of MurmurHash3 over both. */
function placeOf(ordinal: number, salt: number): number {
  let hash = Math.imul(ordinal + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
