/** Who is really connected to whom, judged by addresses and by both ends. Pure. */
import type { NodeLook, Peer } from './dialect.ts';
import type { NodeEndpoint } from './endpoint.ts';

/** Who dials whom: each undirected edge of the wanted network once. A function, so that it follows the nodes that are there. */
export type Topology = (ordinals: number[]) => ReadonlyMap<number, readonly number[]>;

/** The connections of one pair of members, as each end shows them; null: that end did not answer. */
export interface Edge {
  /** The lower ordinal, and the higher one. */
  low: number;
  high: number;
  /** Ordinal of the end that is to dial when the pair is to be connected; null: it is not. */
  dialler: number | null;
  atLow: Peer[] | null;
  atHigh: Peer[] | null;
}

export interface Edges {
  pairs: Edge[];
  /** Connections to addresses that are no member's. */
  strangers: { ordinal: number; peer: Peer }[];
}

/** More than any ordinal: two ordinals make one number that names their pair. */
const ORDINALS = 2 ** 26;

/** Sorts every connection that the nodes show: into pairs that are wanted or connected, and strangers. */
export function edgesOf(
  members: readonly NodeEndpoint[],
  looks: ReadonlyMap<number, NodeLook>,
  topology: Topology,
): Edges {
  const ordinalAt = new Map(members.map((member) => [member.address.toLowerCase(), member.ordinal]));
  const pairs = new Map<number, Edge>();
  const strangers: Edges['strangers'] = [];

  const pairOf = (one: number, other: number): Edge => {
    const [low, high] = one < other ? [one, other] : [other, one];
    const key = low * ORDINALS + high;
    const known = pairs.get(key);
    if (known !== undefined) return known;
    const empty = (ordinal: number): Peer[] | null => (looks.has(ordinal) ? [] : null);
    const pair = { low, high, dialler: null, atLow: empty(low), atHigh: empty(high) };
    pairs.set(key, pair);
    return pair;
  };

  for (const [dialler, targets] of topology(members.map((member) => member.ordinal))) {
    for (const target of targets) if (target !== dialler) pairOf(dialler, target).dialler ??= dialler;
  }
  for (const { ordinal } of members) {
    for (const peer of looks.get(ordinal)?.peers ?? []) {
      const other = ordinalAt.get(peer.address);
      if (other === undefined || other === ordinal) {
        strangers.push({ ordinal, peer });
        continue;
      }
      const pair = pairOf(ordinal, other);
      (ordinal === pair.low ? pair.atLow : pair.atHigh)?.push(peer);
    }
  }
  return { pairs: [...pairs.values()], strangers };
}

/** Connections of a pair that count as real: all ends that answered show them. Sorted, so that everybody agrees on the first. */
export function confirmedLinks({ dialler, low, high, atLow, atHigh }: Edge): string[] {
  if (atLow === null || atHigh === null)
    return ownDialsFirst(atLow ?? atHigh ?? [], atLow === null ? high : low, dialler);
  if (atLow.length === 0 || atHigh.length === 0) return [];
  const seenAtHigh = new Set(atHigh.map((peer) => peer.link));
  return ownDialsFirst(
    atLow.filter((peer) => seenAtHigh.has(peer.link)),
    low,
    dialler,
  );
}

/** Links of the given peers of `ordinal`; those that the wanted dialler made come first, then by name. */
function ownDialsFirst(peers: readonly Peer[], ordinal: number, dialler: number | null): string[] {
  if (peers.length <= 1) return peers.map((peer) => peer.link);
  const rank = (peer: Peer): number => (peer.inbound === (ordinal !== dialler) ? 0 : 1);
  return peers
    .toSorted((one, other) => rank(one) - rank(other) || (one.link < other.link ? -1 : 1))
    .map((peer) => peer.link);
}

/** Every connection of a pair that any end shows. */
export const allLinks = ({ atLow, atHigh }: Edge): Set<string> =>
  new Set([...(atLow ?? []), ...(atHigh ?? [])].map((peer) => peer.link));
