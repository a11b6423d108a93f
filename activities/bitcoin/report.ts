/** A `PeersReport` out of what the nodes answered. Pure. */
import { essenceOf } from '../../workflows/conditions.ts';
import type { NodeFault, PeersReport } from '../../workflows/observation.ts';
import type { Dialect, NodeLook } from './dialect.ts';
import { allLinks, confirmedLinks, edgesOf } from './edges.ts';
import type { Edge, Edges, Topology } from './edges.ts';
import { entryFlaws } from './entries.ts';
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
  { pairs, strangers }: Edges = edgesOf(members, looks, topology),
): PeersReport {
  const wanted = pairs.filter((pair) => pair.dialler !== null);
  const flaws = entryFlaws(members, looks, pairs, traits);
  const names = new Map(members.map((member) => [member.ordinal, traits.entryOf(member)]));
  const isUnlisted = (at: number, other: number): boolean =>
    flaws.get(at)?.missing.has(names.get(other) ?? '') ?? false;
  const unlisted = (pair: Edge): boolean => isUnlisted(pair.low, pair.high) || isUnlisted(pair.high, pair.low);
  const missing = wanted.filter((pair) => confirmedLinks(pair).length === 0 || unlisted(pair));
  return {
    members: membersDigest(members),
    wanted: members.length,
    answered: looks.size,
    expectedEdges: wanted.length,
    actualEdges: wanted.length - missing.length,
    openEdges: missing.filter((pair) => unlisted(pair) || (looks.has(pair.low) && looks.has(pair.high))).length,
    strayEdges:
      strangers.length +
      sumOf(pairs, (pair) => surplus(pair, traits.linksPerEdge)) +
      sumOf([...flaws.values()], (flaw) => flaw.surplus.size),
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
  if (pair.dialler !== null && (pair.atLow?.length ?? 0) + (pair.atHigh?.length ?? 0) <= linksPerEdge) return 0;
  return Math.max(0, allLinks(pair).size - (pair.dialler === null ? 0 : linksPerEdge));
}

const sumOf = <T>(items: readonly T[], count: (item: T) => number): number =>
  items.reduce((sum, item) => sum + count(item), 0);

/** The best chain among the nodes; of several tips at the best height the one that most nodes are on. */
function chainOf(looks: readonly NodeLook[]): Pick<PeersReport, 'height' | 'tip' | 'atTip' | 'forked'> {
  const height = looks.reduce((best, look) => Math.max(best, look.height), -1);
  const nodesAt = new Map<string, number>();
  for (const look of looks) if (look.height === height) nodesAt.set(look.tip, (nodesAt.get(look.tip) ?? 0) + 1);
  const [best] = [...nodesAt].toSorted(([one, few], [other, many]) => many - few || (one < other ? -1 : 1));
  if (best === undefined) return { height: null, tip: null, atTip: 0, forked: false };
  return { height, tip: best[0], atTip: best[1], forked: nodesAt.size > 1 };
}

/** Whether two reports differ in what a pass acts on: edges, all nodes on one tip or not, faults. */
export const differs = (one: PeersReport, other: PeersReport): boolean =>
  JSON.stringify(essenceOf(one)) !== JSON.stringify(essenceOf(other));
