/** The steps that talk to the nodes of a network: whom Kubernetes shows is asked, connected, or told to mine. */
import { DIALECTS } from './bitcoin/dialects.ts';
import { surveyPeers, type PeersDeps, type PeersRequest, type Survey } from './bitcoin/inspect.ts';
import { mineBlocks } from './bitcoin/mining.ts';
import { awaitPeering as awaitChange } from './bitcoin/peers.ts';
import type { MineRequest, Mined } from '../workflows/messages.ts';
import type { NetworkRef, PeersReport, SyncInput } from '../workflows/observation.ts';
import { dials } from '../workflows/topology.ts';
import type { Dependencies } from './dependencies.ts';
import { StepError } from './kubernetes/errors.ts';
import { readNodes, type NodeSource } from './kubernetes/node-source.ts';

export interface Options {
  signal?: AbortSignal | undefined;
  /** Milliseconds for one answer. */
  timeoutMs?: number;
  /** The look that this step goes on from. */
  goesOnFrom?: string | null | undefined;
}

/** The nodes of a look as everything in `bitcoin/` takes them. */
export const requestOf = ({ members, access, implementation }: NodeSource, options: Options = {}): PeersRequest => ({
  members,
  access,
  dialect: DIALECTS[implementation],
  topology: dials,
  ...options,
});

/** Asks the nodes, except those that showed themselves a moment ago in the look that this one goes on from; changes nothing. */
export const inspect = (dependencies: Dependencies, nodes: NodeSource, options: Options): Promise<PeersReport> =>
  dependencies.peerSync.look(requestOf(nodes, options));

export const survey = (dependencies: PeersDeps, nodes: NodeSource, options: Options): Promise<Survey> =>
  surveyPeers(dependencies, requestOf(nodes, options));

/** Connects the nodes that are Ready now; null: there are none. */
export async function syncPeers(
  dependencies: Dependencies,
  network: SyncInput,
  options: Options,
): Promise<PeersReport | null> {
  const { cluster, defaults, view } = dependencies;
  const nodes = await readNodes(cluster, network, defaults, { ...options, view, dialled: true });
  if (nodes.members.length === 0) return null;
  const { goesOnFrom } = network;
  const isPartial = nodes.members.length < nodes.network.spec.nodes;
  const report = await dependencies.peerSync.syncPeers({ ...requestOf(nodes, { ...options, goesOnFrom }), isPartial });
  const { expectedEdges, actualEdges, height } = report;
  dependencies.log.info('Peers synchronised', {
    network: `${network.namespace}/${network.name}`,
    expectedEdges,
    actualEdges,
    height,
  });
  return report;
}

/** Waits until connections or tips differ from what the report says. */
export async function awaitPeering(
  dependencies: Dependencies,
  { network, peers, timeoutMs }: { network: NetworkRef; peers: PeersReport; timeoutMs: number },
  options: Options,
): Promise<string> {
  const { cluster, defaults, view } = dependencies;
  const nodes = await readNodes(cluster, network, defaults, { ...options, view });
  const report = await awaitChange(dependencies, requestOf(nodes, options), { since: peers, withinMs: timeoutMs });
  return `${report.actualEdges} of ${report.expectedEdges} connections, ${report.atTip} of ${report.wanted} nodes at height ${report.height ?? '?'}`;
}

/**
 * Mines on the node that was named, or on the lowest one that is Ready.
 *
 * @throws StepError `NodeNotReady` when that node cannot be asked; RpcFault when it refuses
 */
export async function mine(
  dependencies: Dependencies,
  { network, blocks, node, address }: MineRequest & { network: NetworkRef },
  options: Options,
): Promise<Mined> {
  const { members, access, implementation } = await readNodes(
    dependencies.cluster,
    network,
    dependencies.defaults,
    options,
  );
  const miner = node === undefined ? members[0] : members.find(({ ordinal }) => ordinal === node);
  if (miner === undefined) {
    const which = node === undefined ? 'No node' : `Node ${node}`;
    throw new StepError({
      reason: 'NodeNotReady',
      message: `${which} of ${network.namespace}/${network.name} is not Ready: wait for it, then mine again.`,
    });
  }
  const dialect = DIALECTS[implementation];
  const mined = await mineBlocks(dependencies, { node: miner, access, dialect, blocks, address, ...options });
  return { blocks, node: miner.ordinal, ...mined };
}
