/** The status that a network should show, and what its changes tell people. Pure: no imports but from the model. */
import { peered, ready, synced, updatedNodes, wantedPods } from './conditions.ts';
import type { BitcoinNetwork, Condition, NetworkFacts, NetworkStatus, NodeStatus } from './facts.ts';
import type { PeersReport } from './observation.ts';
import { dnsName, podName, selectorText } from './names.ts';

/**
 * The status that follows from the facts. Times change only together with what they date, so that an unchanged network
 * yields an unchanged status and nothing is written.
 *
 * @param now ISO 8601
 */
export function desiredStatus(facts: NetworkFacts & { network: BitcoinNetwork }, now: string): NetworkStatus {
  const { network, pods, peers } = facts;
  const previous = network.status ?? {};
  const chain = chainOf(previous.chain, peers, network.spec.nodes);
  return {
    observedGeneration: network.metadata.generation,
    replicas: pods.length,
    readyNodes: wantedPods(pods, network.spec.nodes).length,
    updatedNodes: updatedNodes(pods, network.spec.nodes),
    selector: selectorText(network.metadata.name),
    nodes: nodesOf(facts),
    conditions: conditionsOf(facts, now),
    ...(chain ? { chain } : {}),
    ...peersOf(previous.peers, peers, network.spec.nodes),
  };
}

function nodesOf({ network, pods }: NetworkFacts & { network: BitcoinNetwork }): NodeStatus[] {
  const { name } = network.metadata;
  const wanted = new Set(wantedPods(pods, network.spec.nodes));
  return pods
    .filter((pod) => pod.ordinal < network.spec.nodes)
    .sort((a, b) => a.ordinal - b.ordinal)
    .map((pod) => ({
      ordinal: pod.ordinal,
      ready: wanted.has(pod),
      ip: pod.ip ?? '',
      nodeName: podName(name, pod.ordinal),
      dnsName: dnsName(name, pod.ordinal),
    }));
}

function conditionsOf(facts: NetworkFacts & { network: BitcoinNetwork }, now: string): Condition[] {
  const before = new Map((facts.network.status?.conditions ?? []).map((condition) => [condition.type, condition]));
  const verdicts = { Ready: ready(facts), Peered: peered(facts), Synced: synced(facts) };
  return (['Ready', 'Peered', 'Synced'] as const).map((type) => {
    const verdict = verdicts[type];
    const previous = before.get(type);
    return {
      type,
      ...verdict,
      observedGeneration: facts.network.metadata.generation,
      lastTransitionTime: previous?.status === verdict.status ? previous.lastTransitionTime : now,
    };
  });
}

/**
 * The status with the height and the tip of a report, and nothing else of it changed: what a pass would write that finds
 * everything else as it was. Verdicts that would change are left to the pass.
 */
export function withHeights(facts: Pick<NetworkFacts, 'pods' | 'peers'> & { network: BitcoinNetwork }): NetworkStatus {
  const { network, peers } = facts;
  const previous = network.status ?? {};
  const chain = chainOf(previous.chain, peers, network.spec.nodes);
  const verdict = synced(facts);
  const told = (condition: Condition): boolean =>
    condition.type === 'Synced' && condition.status === verdict.status && condition.reason === verdict.reason;
  return {
    ...previous,
    ...(chain ? { chain } : {}),
    ...(previous.conditions
      ? { conditions: previous.conditions.map((one) => (told(one) ? { ...one, message: verdict.message } : one)) }
      : {}),
  };
}

/**
 * A lower height is believed only when every declared node answered: until then somebody may still have the chain. A report that
 * is older than what the status shows is nothing new: passes and the node watch both write.
 */
function chainOf(previous: NetworkStatus['chain'], peers: PeersReport | null, nodes: number): NetworkStatus['chain'] {
  if (nodes === 0) return undefined;
  if (peers?.height == null || peers.tip === null) return previous;
  if (previous && (previous.tip === peers.tip || peers.seenAt < previous.seenAt)) return previous;
  if (previous && peers.height < previous.height && peers.answered < nodes) return previous;
  return { height: peers.height, tip: peers.tip, seenAt: peers.seenAt };
}

function peersOf(
  previous: NetworkStatus['peers'],
  peers: PeersReport | null,
  nodes: number,
): Pick<NetworkStatus, 'peers'> {
  if (nodes === 0) return { peers: { expected: 0, actual: 0 } };
  if (peers) return { peers: { expected: peers.expectedEdges, actual: peers.actualEdges } };
  return previous ? { peers: previous } : {};
}

/** An event that a change of the status is worth. */
export interface StatusEvent {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

/** What the step from one status to the next tells people: a changed verdict, or a chain that is gone. */
export function statusEvents(previous: NetworkStatus, next: NetworkStatus): StatusEvent[] {
  const before = new Map((previous.conditions ?? []).map((condition) => [condition.type, condition]));
  const events: StatusEvent[] = [];
  const rolling = [previous, next].some((status) => readyReason(status) === 'Rolling');
  for (const condition of next.conditions ?? []) {
    const old = before.get(condition.type);
    if (condition.type === 'Ready' && old?.reason === 'Rolling' && condition.reason === 'AllNodesReady') {
      events.push({ type: 'Normal', reason: 'NodesUpdated', message: 'Every node runs what is declared now.' });
    } else if (condition.reason === 'CannotRoll' && old?.reason !== 'CannotRoll') {
      events.push({ type: 'Warning', reason: condition.reason, message: condition.message });
    } else if (rolling && !(condition.status === 'False' && isTrouble(condition))) {
      // Every node that is replaced has its own event; that the others see it go and come back is no news.
      continue;
    } else if (condition.status === 'True' && old?.status !== 'True') {
      events.push({ type: 'Normal', reason: condition.type, message: condition.message });
    } else if (condition.status === 'False' && isTrouble(condition) && old?.reason !== condition.reason) {
      events.push({ type: 'Warning', reason: condition.reason, message: condition.message });
    } else if (condition.type === 'Ready' && condition.status === 'False' && old?.status === 'True') {
      // The beginning of what ends with "Ready" again: nodes were added, or one went away.
      events.push({ type: 'Normal', reason: condition.reason, message: condition.message });
    }
  }
  if (previous.chain && next.chain && next.chain.height < previous.chain.height) {
    events.push({
      type: 'Warning',
      reason: 'ChainLost',
      message: `No node has the chain of height ${previous.chain.height} any more; the network goes on from height ${next.chain.height}.`,
    });
  }
  return events;
}

const readyReason = ({ conditions }: NetworkStatus): string | undefined =>
  conditions?.find(({ type }) => type === 'Ready')?.reason;

/** Reasons that only say that things take their course. */
const ORDINARY = new Set([
  'NodesStarting',
  'Rolling',
  'WaitingForNodes',
  'NodesNotAsked',
  'Connecting',
  'CatchingUp',
  'StrayConnections',
]);

const isTrouble = (condition: Pick<Condition, 'reason'>): boolean => !ORDINARY.has(condition.reason);

/** The reason of what stands in a network's way and is worth somebody's attention; null: things take their course. */
export function troubleOf(facts: NetworkFacts): string | null {
  const { network } = facts;
  if (network === null || network.metadata.deletionTimestamp !== undefined || network.spec.paused === true) return null;
  const verdicts = [ready(facts), peered(facts), synced(facts)];
  const trouble = verdicts.find((verdict) => verdict.status === 'False' && isTrouble(verdict));
  return trouble?.reason ?? Object.values(facts.failures)[0]?.reason ?? null;
}

/** Whether two statuses say the same, whatever the order of their fields. */
export const sameStatus = (one: NetworkStatus, other: NetworkStatus): boolean => isSame(one, other);

/** Whether two values are the same as JSON, whatever the order of fields; one that is undefined is not there. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    return one.every((item, index) => isSame(item, other[index]));
  }
  const [fields, others] = [one as Record<string, unknown>, other as Record<string, unknown>];
  return (
    Object.keys(fields).every((key) => isSame(fields[key], others[key])) &&
    Object.keys(others).every((key) => Object.hasOwn(fields, key) || others[key] === undefined)
  );
}

/** Nodes up to which every change of the status is written at once. */
const WRITTEN_AT_ONCE_MAX_NODES = 100;

/** Milliseconds for each node between two writes of a larger status, which has some 250 bytes for each. */
const PACE_MS_PER_NODE = 1;

/**
 * Milliseconds for which a change can wait, so that the status of a large network is not written for every pod that becomes ready;
 * 0: not at all. A verdict that changes and a spec that has been seen are never kept back, nor is the end of a story: it is one of these,
 * or nothing has been written for a while.
 *
 * @param ageMs milliseconds since the status was last written; null: not known
 */
export function statusWaitMs(previous: NetworkStatus, next: NetworkStatus, ageMs: number | null): number {
  const nodes = Math.max(previous.nodes?.length ?? 0, next.nodes?.length ?? 0);
  if (nodes <= WRITTEN_AT_ONCE_MAX_NODES || ageMs === null || ageMs < 0 || isNews(previous, next)) return 0;
  return Math.max(0, nodes * PACE_MS_PER_NODE - ageMs);
}

const isNews = (previous: NetworkStatus, next: NetworkStatus): boolean =>
  previous.observedGeneration !== next.observedGeneration || verdictsOf(previous) !== verdictsOf(next);

const verdictsOf = ({ conditions = [] }: NetworkStatus): string =>
  conditions.map(({ type, status }) => `${type} ${status}`).join();
