/**
 * Replacing outdated nodes, one at a time: the next goes only when the last one is back, connected, and has the chain, which lives
 * in the pods. Pure: no imports but from the model.
 */
import { connectedAndSynced, outdatedPods, wantedPods } from './conditions.ts';
import type { NetworkFacts, PodFacts } from './facts.ts';
import type { PeersReport } from './observation.ts';

/** Faults of a node that only its replacement mends: it runs with credentials or a certificate that nobody has any more. */
const LOCKED: ReadonlySet<string> = new Set(['Unauthorized', 'Untrusted']);

/**
 * The pod that is to be deleted now, so that it is made again from the present template; null: none, or not now.
 *
 * A pod that cannot start serves nobody and holds up everything: it goes first, however the others are; otherwise a corrected
 * image or Secret would never arrive. So does one that cannot be asked, as long as those that were replaced have the chain.
 */
export function nodeToRoll(facts: NetworkFacts): PodFacts | null {
  const { network, pods, peers } = facts;
  if (network === null || network.metadata.deletionTimestamp !== undefined || network.spec.paused === true) return null;
  const { nodes } = network.spec;
  if (!isAsDeclared(facts, nodes)) return null;
  const outdated = outdatedPods(pods, nodes);
  const wanted = new Set(wantedPods(pods, nodes));
  const declared = pods.filter((pod) => pod.ordinal < nodes);
  // Whoever was replaced last has to be there again first.
  const oneIsUnderWay =
    declared.length < nodes || declared.some((pod) => pod.terminating || (!pod.outdated && !wanted.has(pod)));
  if (outdated.length === 0 || oneIsUnderWay) return null;

  const broken = outdated.filter((pod) => pod.problem !== null && !wanted.has(pod));
  if (broken.length > 0) return highest(broken);
  if (peers === null || wanted.size < nodes || peers.wanted < nodes) return null;
  if (connectedAndSynced(peers)) return highest(outdated);
  const locked = outdated.filter((pod) => isLocked(pod, peers));
  const updated = nodes - outdated.length;
  return chainIsKept(peers, updated, network.status?.chain?.height ?? 0) ? highest(locked) : null;
}

const isAsDeclared = ({ credentials, service, statefulSet, replicas }: NetworkFacts, nodes: number): boolean =>
  [credentials, service, statefulSet].every((state) => state === 'ours') && replicas === nodes;

const isLocked = ({ ordinal }: PodFacts, { faults }: PeersReport): boolean =>
  faults.some((fault) => fault.ordinal === ordinal && LOCKED.has(fault.reason));

/** @param updated how many nodes have been replaced: they must answer; none and no answer at all is where it begins */
const chainIsKept = ({ answered, atTip, height }: PeersReport, updated: number, known: number): boolean =>
  answered === 0 ? updated === 0 : answered >= updated && atTip === answered && (height ?? -1) >= known;

/** As a StatefulSet does it: the highest ordinal first. */
const highest = (pods: readonly PodFacts[]): PodFacts | null =>
  pods.reduce<PodFacts | null>((best, pod) => (best === null || pod.ordinal > best.ordinal ? pod : best), null);
