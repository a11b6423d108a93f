/** Who connects to whom. Pure: no imports. */

/** Up to this many nodes every node is connected to every other: Bitcoin Core opens at most 8 added-node connections. */
export const FULL_MESH_MAX = 9;

/**
 * How many generations up the nodes are that a node of a larger network dials, one number for each. Nodes are born in generations of
 * 1, 2, 4, 8, … in the order of their ordinals. Nodes two generations up shorten the ways, and have four times as many heirs.
 */
const GENERATIONS_UP = [1, 1, 1, 1, 2, 2] as const;

/** A node that finds fewer of those that it should dial dials others in their place: one that is left alone would lose its way. */
const FEWEST = 3;

/** Fixed nodes that a node can dial, those that it should dial among them, before it goes by its place among those that are there. */
const KNOWN = 24;

/** Attempts at finding targets that differ: the smallest generations have few. */
const ATTEMPTS = 96;

/** In a sandbox (tests, workflows) every use of a global name costs a hundred times what it costs elsewhere. */
const { imul, clz32 } = Math;

/**
 * The connections that a network of these nodes should have, each once, as "who dials whom". The higher ordinal dials the lower,
 * for nodes with high ordinals come last and go first: then nobody else's connections change.
 *
 * Up to nine nodes a full mesh. Above that, every node dials six fixed nodes of the two generations before its own, drawn so that
 * each of a generation is drawn equally often. So every way up ends at node 0 after as many steps as there are generations: the
 * graph is connected, its diameter grows like log n, and nobody has more than 25 connections. Nodes that are missing are left
 * out, and nobody dials another instead, unless fewer than three are left: then it dials some by its place among those that are there.
 *
 * @returns for every ordinal the ordinals that it dials, at most eight, in ascending order
 */
export function dials(ordinals: readonly number[]): Map<number, number[]> {
  const members = [...new Set(ordinals)].sort((a, b) => a - b);
  if (members.length <= FULL_MESH_MAX) {
    return new Map(members.map((ordinal, place) => [ordinal, members.slice(0, place)]));
  }
  const areThere = new Set(members);
  return new Map(
    members.map((ordinal, place) => {
      const targets = targetsOf(ordinal, GENERATIONS_UP.length).filter((target) => areThere.has(target));
      if (targets.length < FEWEST) {
        add(
          targets,
          targetsOf(ordinal, KNOWN).filter((target) => areThere.has(target)),
        );
        // As if the members were numbered anew, without gaps.
        add(
          targets,
          targetsOf(place, FEWEST).map((other) => members[other] ?? 0),
        );
      }
      return [ordinal, targets.sort((a, b) => a - b)];
    }),
  );
}

/** How many undirected connections `dials` asks for. */
export function edgeCount(topology: ReadonlyMap<number, readonly number[]>): number {
  let count = 0;
  for (const targets of topology.values()) count += targets.length;
  return count;
}

function add(targets: number[], others: readonly number[]): void {
  for (const other of others) {
    if (targets.length < FEWEST && !targets.includes(other)) targets.push(other);
  }
}

/** Fixed nodes with lower ordinals, first those that a node dials when nobody is missing; of the first nine everyone dials everyone. */
function targetsOf(ordinal: number, count: number): number[] {
  if (ordinal < FULL_MESH_MAX) return Array.from({ length: ordinal }, (_, lower) => lower);
  const generation = 31 - clz32(ordinal + 1);
  const place = ordinal + 1 - 2 ** generation;
  const targets: number[] = [];
  for (let attempt = 0; targets.length < count && attempt < ATTEMPTS; attempt += 1) {
    const up = GENERATIONS_UP[attempt % GENERATIONS_UP.length] ?? 1;
    // A generation is twice as large as the one before it: two places of a permutation lead to each node there.
    const target = 2 ** (generation - up) - 1 + (permuted(place, generation, attempt) >>> up);
    if (!targets.includes(target)) targets.push(target);
  }
  return targets;
}

/** A fixed pseudo-random permutation of the numbers of so many bits, another one for every salt. */
function permuted(value: number, bits: number, salt: number): number {
  const mask = 2 ** bits - 1;
  const key = mixed(imul(bits, 0x9e3779b1) ^ imul(salt + 1, 0x85ebca77));
  let result = (value + key) & mask;
  // Both steps can be undone: the product with an odd number, and the upper half laid over the lower one.
  for (let round = 0; round < 3; round += 1) {
    result = imul(result, key | 1) & mask;
    result ^= result >>> ((bits + 1) >>> 1);
  }
  return result;
}

/** The finalizer of MurmurHash3: every bit of the result depends on all 32 bits given. */
function mixed(bits: number): number {
  let hash = imul(bits ^ (bits >>> 16), 0x85ebca6b);
  hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
