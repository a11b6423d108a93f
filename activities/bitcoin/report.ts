/** A `PeersReport` out of what the nodes answered. Pure. */
import type { NodeFault, PeersReport } from '../../workflows/observation.ts';
import type { Dialect, NodeLook } from './dialect.ts';
import { allLinks, confirmedLinks, edgesOf } from './edges.ts';
import type { Edge, Topology } from './edges.ts';
import { membersDigest } from './endpoint.ts';
import type { NodeEndpoint } from './endpoint.ts';
import type { RpcFault } from './rpc-fault.ts';

/** Faults that a report names; the others are only counted. */
const MAX_FAULTS = 5;

/** What an inspection brought: a look or a fault of every member, by ordinal. */
export interface Inspection {
  looks: Map<number, NodeLook>;
  faults: Map<number, RpcFault>;
  /** When the nodes were asked. */
  at: Date;
}

export type Traits = Pick<Dialect, 'keepsEntries' | 'linksPerEdge' | 'entryOf'>;

export function buildReport(
  members: readonly NodeEndpoint[],
  { looks, faults, at }: Inspection,
  topology: Topology,
  traits: Traits,
): PeersReport {
  const { pairs, strangers } = edgesOf(members, looks, topology);
  const wanted = pairs.filter((pair) => pair.dialler !== null);
  const entries = traits.keepsEntries ? judgeEntries(members, looks, wanted, traits) : NO_ENTRIES;
  return {
    members: membersDigest(members),
    wanted: members.length,
    answered: looks.size,
    expectedEdges: wanted.length,
    actualEdges: wanted.filter((pair) => confirmedLinks(pair).length > 0 && !entries.missing.has(pair)).length,
    strayEdges:
      strangers.length + pairs.reduce((sum, pair) => sum + surplus(pair, traits.linksPerEdge), 0) + entries.stray,
    ...chainOf([...looks.values()]),
    seenAt: at.toISOString(),
    faults: [...faults]
      .toSorted(([one], [other]) => one - other)
      .slice(0, MAX_FAULTS)
      .map(([ordinal, { reason, message }]): NodeFault => ({ ordinal, reason, message })),
  };
}

/** Connections of a pair beyond what it should have. */
function surplus(pair: Edge, linksPerEdge: number): number {
  return Math.max(0, allLinks(pair).size - (pair.dialler === null ? 0 : linksPerEdge));
}

const NO_ENTRIES = { missing: new Set<Edge>(), stray: 0 };

/** Pairs of which an end that answered does not list the other, and how many entries are none of a wanted neighbour. */
function judgeEntries(
  members: readonly NodeEndpoint[],
  looks: ReadonlyMap<number, NodeLook>,
  wanted: readonly Edge[],
  traits: Traits,
): typeof NO_ENTRIES {
  const names = new Map(members.map((member) => [member.ordinal, traits.entryOf(member)]));
  const unexplained = new Map([...looks].map(([ordinal, look]) => [ordinal, new Set(look.entries ?? [])]));
  const missing = new Set<Edge>();
  for (const pair of wanted) {
    for (const [at, other] of [
      [pair.low, pair.high],
      [pair.high, pair.low],
    ] as const) {
      const listed = unexplained.get(at)?.delete(names.get(other) ?? '');
      if (listed === false) missing.add(pair);
    }
  }
  return { missing, stray: [...unexplained.values()].reduce((sum, rest) => sum + rest.size, 0) };
}

/** The best chain among the nodes; of several tips at the best height the one that most nodes are on. */
function chainOf(looks: readonly NodeLook[]): Pick<PeersReport, 'height' | 'tip' | 'atTip' | 'forked'> {
  const height = looks.reduce((best, look) => Math.max(best, look.height), -1);
  const nodesAt = new Map<string, number>();
  for (const look of looks) if (look.height === height) nodesAt.set(look.tip, (nodesAt.get(look.tip) ?? 0) + 1);
  const [best] = [...nodesAt].toSorted(([one, few], [other, many]) => many - few || (one < other ? -1 : 1));
  if (best === undefined) return { height: null, tip: null, atTip: 0, forked: false };
  return { height, tip: best[0], atTip: best[1], forked: nodesAt.size > 1 };
}

/** Whether two reports differ in anything but the time: edges, tips, faults. */
export function differs(one: PeersReport, other: PeersReport): boolean {
  const essence = (report: PeersReport): string =>
    JSON.stringify({
      ...report,
      seenAt: null,
      faults: report.faults.map(({ ordinal, reason }) => [ordinal, reason]),
    });
  return essence(one) !== essence(other);
}
