/** Asking the nodes of a network what they see, all side by side. */
import type { PeersReport } from '../../workflows/observation.ts';
import type { Dialect } from './dialect.ts';
import type { Topology } from './edges.ts';
import type { NetworkAccess, NodeEndpoint } from './endpoint.ts';
import { buildReport } from './report.ts';
import type { Inspection } from './report.ts';
import { RpcFault } from './rpc-fault.ts';
import { MAX_CONCURRENT_POSTS } from './rpc.ts';
import type { AskOptions, Rpc } from './rpc.ts';

/** What everything about peers works with. */
export interface PeersDeps {
  rpc: Rpc;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** Which nodes should be peered, and how. Whoever is not among `members` is a stranger to them: leaving nodes too. */
export interface PeersRequest {
  members: NodeEndpoint[];
  access: NetworkAccess;
  dialect: Dialect;
  topology: Topology;
  /** More nodes are on their way: what is not done soon is left to the sync with them. */
  isPartial?: boolean;
  signal?: AbortSignal | undefined;
  /** Milliseconds for one answer; `RPC_TIMEOUT_MS` when left out. */
  timeoutMs?: number;
  /** The look that this one goes on from: nobody has told the nodes anything since. */
  goesOnFrom?: string | null | undefined;
}

/** Looks at all members and reports; never throws but for the signal's reason. */
export const inspectPeers = async (deps: PeersDeps, request: PeersRequest): Promise<PeersReport> =>
  (await surveyPeers(deps, request)).report;

export interface Survey {
  report: PeersReport;
  /** Heights of all nodes that answered, summed up: it grows while any of them catches up, which the report does not show. */
  blocks: number;
  /** What each node that answered showed, by ordinal. */
  looks: Inspection['looks'];
}

/** The same, with what only somebody who looks repeatedly can use. */
export async function surveyPeers(deps: PeersDeps, request: PeersRequest): Promise<Survey> {
  const inspection = await inspectNodes(deps, request, request.members);
  return {
    report: buildReport(request.members, inspection, request.topology, request.dialect),
    looks: inspection.looks,
    blocks: [...inspection.looks.values()].reduce((sum, { height }) => sum + height, 0),
  };
}

/** An inspection that knows of each node when it was asked, in milliseconds since the epoch. */
export interface TimedInspection extends Inspection {
  askedAt: Map<number, number>;
}

/** What the given nodes answered, or why they did not; one batch each. */
export async function inspectNodes(
  deps: PeersDeps,
  request: PeersRequest,
  nodes: readonly NodeEndpoint[],
): Promise<TimedInspection> {
  const { rpc, now } = deps;
  const { access, dialect } = request;
  const begun = now();
  const inspection: TimedInspection = { looks: new Map(), faults: new Map(), askedAt: new Map(), at: new Date(begun) };
  const options = { idempotent: true, ...optionsOf(request) };
  await forEach(nodes, async (node) => {
    inspection.askedAt.set(node.ordinal, now());
    try {
      const answers = await rpc.ask(node, access, dialect.inspect(), options);
      inspection.looks.set(node.ordinal, dialect.look(node.pod, answers));
    } catch (error) {
      if (!(error instanceof RpcFault)) throw error;
      inspection.faults.set(node.ordinal, error);
    }
  });
  return inspection;
}

export const optionsOf = ({ signal, timeoutMs }: PeersRequest): AskOptions => ({
  signal,
  ...(timeoutMs === undefined ? {} : { timeoutMs }),
});

/** Does something with many nodes, in their order, with as many at once as can be asked at once. */
export async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(items.length, MAX_CONCURRENT_POSTS) }, worker));
}

/** Puts what is newer in the place of what is older; the whole is as old as its oldest part. */
export function merge(older: TimedInspection, newer: TimedInspection): void {
  for (const [ordinal, look] of newer.looks) {
    older.looks.set(ordinal, look);
    older.faults.delete(ordinal);
  }
  for (const [ordinal, fault] of newer.faults) {
    older.looks.delete(ordinal);
    older.faults.set(ordinal, fault);
  }
  for (const [ordinal, at] of newer.askedAt) older.askedAt.set(ordinal, at);
  const oldest = [...older.askedAt.values()].reduce((least, at) => Math.min(least, at), Infinity);
  if (older.askedAt.size > 0) older.at = new Date(oldest);
}
