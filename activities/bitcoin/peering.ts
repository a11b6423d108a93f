/** Which connections are made and cut so that the network becomes exactly what its topology says. Pure. */
import type { NodeLook, Peer } from './dialect.ts';
import { confirmedLinks } from './edges.ts';
import type { Edge, Edges } from './edges.ts';
import type { NodeEndpoint } from './endpoint.ts';
import { entryFlaws } from './entries.ts';
import type { Traits } from './report.ts';

/** What one node is told. */
export interface Orders {
  disconnect: Peer[];
  forget: string[];
  keep: string[];
  dial: NodeEndpoint[];
}

/** What only somebody who looks repeatedly can know. */
export interface Memory {
  /** No dial of this pair may be under way any more. */
  mayDial(from: NodeEndpoint, to: NodeEndpoint): boolean;
  /** Only one end has shown this connection for so long that it is dead, not young. */
  isStale(node: NodeEndpoint, peer: Peer): boolean;
}

/** Orders by ordinal, and the nodes at which something is not as it should be (whether or not it can be ordered now). */
export interface Decision {
  orders: Map<number, Orders>;
  unsettled: Set<number>;
}

/**
 * Only what is missing or too much costs an order. A pair without any connection is dialled by the one end that the
 * topology names; a connection that only one end shows is given time, then cut; then it is missing. Of too many, both ends
 * agree on which one stays.
 */
export function decide(
  members: readonly NodeEndpoint[],
  looks: ReadonlyMap<number, NodeLook>,
  { pairs, strangers }: Edges,
  traits: Traits,
  memory: Memory,
): Decision {
  const byOrdinal = new Map(members.map((member) => [member.ordinal, member]));
  const decision: Decision = { orders: new Map(), unsettled: new Set() };
  const tell = (ordinal: number): Orders => {
    const orders = decision.orders.get(ordinal) ?? { disconnect: [], forget: [], keep: [], dial: [] };
    decision.orders.set(ordinal, orders);
    decision.unsettled.add(ordinal);
    return orders;
  };
  for (const { ordinal, peer } of strangers) tell(ordinal).disconnect.push(peer);
  for (const pair of pairs) {
    const confirmed = confirmedLinks(pair);
    if (isAsItShouldBe(pair, confirmed, traits.linksPerEdge)) continue;
    const { cut, young } = judgeLinks(pair, confirmed, { linksPerEdge: traits.linksPerEdge, byOrdinal, memory });
    for (const { ordinal, peer } of cut) tell(ordinal).disconnect.push(peer);

    const missing = pair.dialler !== null && confirmed.length === 0;
    // Not while an end does not answer: a dial to a dead node would be pending for a minute.
    if (pair.atLow === null || pair.atHigh === null) continue;
    if (missing || young) decision.unsettled.add(pair.low).add(pair.high);
    if (!missing || pair.atLow.length + pair.atHigh.length > 0) continue;
    const from = byOrdinal.get(pair.dialler === pair.low ? pair.low : pair.high);
    const to = byOrdinal.get(pair.dialler === pair.low ? pair.high : pair.low);
    if (from && to && memory.mayDial(from, to)) tell(from.ordinal).dial.push(to);
  }
  for (const [ordinal, { missing, surplus }] of entryFlaws(members, looks, pairs, traits)) {
    if (missing.size > 0) tell(ordinal).keep.push(...missing);
    if (surplus.size > 0) tell(ordinal).forget.push(...surplus);
  }
  return decision;
}

/** Connected as it is wanted, and nothing besides: nearly all pairs of a network that is well. */
const isAsItShouldBe = (
  { dialler, atLow, atHigh }: Edge,
  confirmed: readonly string[],
  linksPerEdge: number,
): boolean =>
  dialler !== null &&
  confirmed.length > 0 &&
  confirmed.length <= linksPerEdge &&
  atLow?.length === confirmed.length &&
  atHigh?.length === confirmed.length;

/** Connections of a pair to cut, each at one end, and whether there are some that only one end shows yet. */
function judgeLinks(
  pair: Edge,
  confirmed: readonly string[],
  {
    linksPerEdge,
    byOrdinal,
    memory,
  }: { linksPerEdge: number; byOrdinal: ReadonlyMap<number, NodeEndpoint>; memory: Memory },
): { cut: { ordinal: number; peer: Peer }[]; young: boolean } {
  const stays = new Set(pair.dialler === null ? [] : confirmed.slice(0, linksPerEdge));
  const cut = new Map<string, { ordinal: number; peer: Peer }>();
  let young = false;
  for (const [ordinal, peers] of [
    [pair.low, pair.atLow ?? []],
    [pair.high, pair.atHigh ?? []],
  ] as const) {
    const node = byOrdinal.get(ordinal);
    for (const peer of peers) {
      if (node === undefined || stays.has(peer.link)) continue;
      const surplus = pair.dialler === null || confirmed.includes(peer.link);
      if (surplus || memory.isStale(node, peer)) cut.set(peer.link, { ordinal, peer });
      else young = true;
    }
  }
  return { cut: [...cut.values()], young };
}
