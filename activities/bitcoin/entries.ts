/** Lists of added nodes: whom each node should list, for implementations that keep such lists. Pure. */
import type { NodeLook } from './dialect.ts';
import type { Edge } from './edges.ts';
import type { NodeEndpoint } from './endpoint.ts';
import type { Traits } from './report.ts';

/** Core opens at most this many connections to added nodes, however long the list is (`MAX_ADDNODE_CONNECTIONS`). */
const MAX_ADDED = 8;

/** What is wrong with one node's list. */
export interface EntryFlaws {
  missing: Set<string>;
  surplus: Set<string>;
}

interface Neighbour {
  ordinal: number;
  /** It is the node's to dial it. */
  dialled: boolean;
}

/**
 * The lists of all nodes that answered, compared with what they should be: both ends of an edge list each other, but a node
 * with more neighbours than it would dial lists only those that it is to dial.
 */
export function entryFlaws(
  members: readonly NodeEndpoint[],
  looks: ReadonlyMap<number, NodeLook>,
  pairs: readonly Edge[],
  traits: Traits,
): Map<number, EntryFlaws> {
  if (!traits.keepsEntries) return new Map();
  const names = new Map(members.map((member) => [member.ordinal, traits.entryOf(member)]));
  const neighbours = new Map<number, Neighbour[]>();
  const neighboursOf = (ordinal: number): Neighbour[] => {
    const known = neighbours.get(ordinal);
    if (known !== undefined) return known;
    const none: Neighbour[] = [];
    neighbours.set(ordinal, none);
    return none;
  };
  for (const { low, high, dialler } of pairs) {
    if (dialler === null) continue;
    neighboursOf(low).push({ ordinal: high, dialled: dialler === low });
    neighboursOf(high).push({ ordinal: low, dialled: dialler === high });
  }
  return new Map(
    [...looks].map(([ordinal, look]) => {
      const all = neighbours.get(ordinal) ?? [];
      const listed = all.length <= MAX_ADDED ? all : all.filter(({ dialled }) => dialled);
      const wanted = new Set(listed.map((neighbour) => names.get(neighbour.ordinal) ?? ''));
      const entries = new Set(look.entries ?? []);
      return [ordinal, { missing: without(wanted, entries), surplus: without(entries, wanted) }];
    }),
  );
}

const without = (all: ReadonlySet<string>, some: ReadonlySet<string>): Set<string> =>
  new Set([...all].filter((name) => !some.has(name)));
