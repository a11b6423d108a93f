/** Asking the nodes of a network what they see, all side by side. */
import type { PeersReport } from '../../workflows/observation.ts';
import type { Dialect } from './dialect.ts';
import type { Topology } from './edges.ts';
import type { NetworkAccess, NodeEndpoint } from './endpoint.ts';
import { buildReport } from './report.ts';
import type { Inspection } from './report.ts';
import { RpcFault } from './rpc-fault.ts';
import type { Rpc } from './rpc.ts';

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
  signal?: AbortSignal | undefined;
  /** Milliseconds for one answer; `RPC_TIMEOUT_MS` when left out. */
  timeoutMs?: number;
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

/** What the given nodes answered, or why they did not; one batch each. */
export async function inspectNodes(
  { rpc, now }: PeersDeps,
  { access, dialect, signal, timeoutMs }: PeersRequest,
  nodes: readonly NodeEndpoint[],
): Promise<Inspection> {
  const inspection: Inspection = { looks: new Map(), faults: new Map(), at: new Date(now()) };
  const options = { idempotent: true, signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  await Promise.all(
    nodes.map(async (node) => {
      try {
        const answers = await rpc.ask(node, access, dialect.inspect(), options);
        inspection.looks.set(node.ordinal, dialect.look(node.pod, answers));
      } catch (error) {
        if (!(error instanceof RpcFault)) throw error;
        inspection.faults.set(node.ordinal, error);
      }
    }),
  );
  return inspection;
}
