/** The three conditions of a network, judged from facts. Pure: no imports but from the model. */
import type { Condition, NetworkFacts, PodFacts } from './facts.ts';
import { nodeSecretName, serviceName, statefulSetName } from './names.ts';
import type { Failure, PeersReport } from './observation.ts';

type Verdict = Pick<Condition, 'status' | 'reason' | 'message'>;

/** Pods that should be connected: declared, Ready, not terminating, with an address. */
export const wantedPods = (pods: readonly PodFacts[], nodes: number): PodFacts[] =>
  pods.filter((pod) => pod.ordinal < nodes && pod.ready && !pod.terminating && pod.ip !== null);

/** Declared pods that are not of the present template. */
export const outdatedPods = (pods: readonly PodFacts[], nodes: number): PodFacts[] =>
  pods.filter((pod) => pod.ordinal < nodes && pod.outdated);

/** What stops the network from being made as declared, the most telling first; null when nothing does. */
export function obstacle(facts: NetworkFacts): Failure | null {
  const { pods, podsRefused, network } = facts;
  const nodes = network?.spec.nodes ?? 0;
  return (
    childObstacle(facts) ??
    podsRefused ??
    pods.find((pod) => pod.ordinal < nodes && pod.problem !== null)?.problem ??
    null
  );
}

/** What stops the network's own objects from being made. No watch shows that it has been mended. */
export const childObstacle = (facts: NetworkFacts): Failure | null =>
  childConflict(facts) ??
  facts.failures.ensureStatefulSet ??
  facts.failures.ensureService ??
  facts.failures.ensureCredentials ??
  null;

function childConflict(facts: NetworkFacts): Failure | null {
  const name = facts.network?.metadata.name ?? '';
  const children = [
    [`Secret ${nodeSecretName(name)}`, facts.credentials],
    [`Service ${serviceName(name)}`, facts.service],
    [`StatefulSet ${statefulSetName(name)}`, facts.statefulSet],
  ] as const;
  for (const [child, state] of children) {
    if (state === 'foreign') {
      return {
        reason: 'ChildConflict',
        message: `The ${child} belongs to somebody else; delete or rename it, or rename the network.`,
      };
    }
    if (state === 'dying') {
      return {
        reason: 'ChildConflict',
        message: `Waiting until the ${child} of a deleted network of the same name is gone.`,
      };
    }
  }
  return null;
}

export function ready(facts: NetworkFacts): Verdict {
  const nodes = facts.network?.spec.nodes ?? 0;
  const count = wantedPods(facts.pods, nodes).length;
  const hindrance = obstacle(facts);
  if (count < nodes || facts.replicas !== nodes || hindrance) {
    const counted = `${count} of ${nodes} nodes are ready.`;
    if (hindrance) return no(hindrance.reason, `${hindrance.message} ${counted}`);
    return isRolling(facts) ? no('Rolling', `${counted} ${updatedIn(facts)}`) : no('NodesStarting', counted);
  }
  if (outdatedPods(facts.pods, nodes).length > 0) {
    const blocked = facts.failures.rollNode;
    const all = `All ${nodes} nodes are ready. ${updatedIn(facts)}`;
    return blocked ? yes('CannotRoll', `${all} ${blocked.message}`) : yes('Rolling', all);
  }
  return yes('AllNodesReady', nodes === 0 ? 'No nodes are declared.' : `All ${nodes} nodes are ready.`);
}

/** Outdated nodes are being replaced: until the last one that was replaced is ready. */
function isRolling({ network, pods }: NetworkFacts): boolean {
  if (outdatedPods(pods, network?.spec.nodes ?? 0).length > 0) return true;
  return network?.status?.conditions?.find(({ type }) => type === 'Ready')?.reason === 'Rolling';
}

function updatedIn({ network, pods }: NetworkFacts): string {
  const nodes = network?.spec.nodes ?? 0;
  const updated = updatedNodes(pods, nodes);
  return `${updated} of ${nodes} run what is declared now; the others are replaced one at a time.`;
}

/** Declared pods of the present template, ready or not. */
export const updatedNodes = (pods: readonly PodFacts[], nodes: number): number =>
  pods.filter((pod) => pod.ordinal < nodes && !pod.outdated).length;

export function peered(facts: NetworkFacts): Verdict {
  const nodes = facts.network?.spec.nodes ?? 0;
  const { peers, failures } = facts;
  if (nodes === 0) return yes('NothingToConnect', 'No nodes are declared.');
  if (peers === null) return failures.syncPeers ? blamed(failures.syncPeers) : waiting(facts);
  const edges = `${peers.actualEdges} of ${peers.expectedEdges} connections`;
  const fault = peers.faults[0];
  if (fault) return no(fault.reason, `Node ${fault.ordinal}: ${fault.message} ${edges}.`);
  if (failures.syncPeers) return blamed(failures.syncPeers);
  if (peers.wanted < nodes) return waiting(facts);
  if (peers.strayEdges > 0)
    return no('StrayConnections', `${peers.strayEdges} connections to nodes outside the network are being closed.`);
  if (peers.actualEdges < peers.expectedEdges) return no('Connecting', `${edges} are there.`);
  return yes('AllConnected', `${edges} are there.`);
}

export function synced(facts: Pick<NetworkFacts, 'network' | 'pods' | 'peers'>): Verdict {
  const nodes = facts.network?.spec.nodes ?? 0;
  const { peers } = facts;
  if (nodes === 0) return yes('NothingToSync', 'No nodes are declared.');
  if (peers === null || peers.answered < nodes) return waiting(facts);
  if (peers.forked) return no('Fork', `Two tips of height ${peers.height ?? 0} exist; one more block decides.`);
  const counted = `${peers.atTip} of ${nodes} nodes are at height ${peers.height ?? 0}.`;
  return peers.atTip < nodes ? no('CatchingUp', counted) : yes('SameTip', counted);
}

/** Everything that can be asked of the nodes is as it should be. */
export const connectedAndSynced = (peers: PeersReport): boolean =>
  peers.answered === peers.wanted &&
  peers.actualEdges === peers.expectedEdges &&
  peers.strayEdges === 0 &&
  peers.atTip === peers.wanted;

/**
 * What of a report a pass acts on. Heights are no part of it: a network on which somebody mines all day would never come to
 * rest; only that all nodes are on one tip, or no longer are.
 */
export const essenceOf = (peers: PeersReport): object => ({
  members: peers.members,
  answered: peers.answered,
  expectedEdges: peers.expectedEdges,
  actualEdges: peers.actualEdges,
  strayEdges: peers.strayEdges,
  onOneTip: peers.atTip === peers.wanted,
  forked: peers.forked,
  faults: peers.faults.map(({ ordinal, reason }) => [ordinal, reason]),
});

const yes = (reason: string, message: string): Verdict => ({ status: 'True', reason, message });
const no = (reason: string, message: string): Verdict => ({ status: 'False', reason, message });
const blamed = (failure: Failure): Verdict => no(failure.reason, failure.message);

function waiting(facts: Pick<NetworkFacts, 'network' | 'pods' | 'peers'>): Verdict {
  const nodes = facts.network?.spec.nodes ?? 0;
  const count = wantedPods(facts.pods, nodes).length;
  if (count === nodes && facts.peers === null) return no('NodesNotAsked', 'The nodes are about to be asked.');
  return no('WaitingForNodes', `${count} of ${nodes} nodes are ready.`);
}
