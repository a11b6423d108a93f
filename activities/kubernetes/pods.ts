/** The pods of a network, reduced to what btcnet acts on. */
import type { PodFacts } from '../../workflows/facts.ts';
import { shortened } from '../../workflows/diary.ts';
import { MESSAGE_MAX_LENGTH, type Failure } from '../../workflows/observation.ts';
import { containerName, ordinalOf, selectorText } from '../../workflows/names.ts';
import type { Cluster } from './cluster.ts';
import { isForbidden } from './errors.ts';
import { EVENTS, list, PODS } from './objects.ts';
import type { Live, LiveEvent, LivePod, LiveStatefulSet, Options } from './objects.ts';
import { controllerOf } from './ownership.ts';
import { isOutdated, madeFrom, revisionOf } from './rotation.ts';

/** A pod of a network, before it is known which set is the network's own. */
export interface ListedPod {
  facts: PodFacts;
  /** UID of what controls it. */
  controller: string;
  /** Version of the template that it was made from. */
  madeFrom: string | null;
  /** When it was made: milliseconds since 1970; 0: not known. */
  madeAtMs: number;
}

/** Pods that are named and labelled as a network's, sorted by ordinal. */
export async function listWithController(
  cluster: Cluster,
  { namespace, name }: { namespace: string; name: string },
  { signal }: Options,
): Promise<ListedPod[]> {
  const keep = (pod: LivePod): ListedPod | null => {
    const facts = podFacts(name, pod);
    const controller = controllerOf(pod)?.uid;
    return facts === null || controller === undefined
      ? null
      : { facts, controller, madeFrom: madeFrom(pod), madeAtMs: madeAtMs(pod) };
  };
  const { items } = await list(cluster, PODS, { namespace, labelSelector: selectorText(name), keep, signal });
  return items.filter((item) => item !== null).sort((one, other) => one.facts.ordinal - other.facts.ordinal);
}

/** Those that are controlled by this set, not by another controller or a set of the same name that is gone. */
const ownedBy = (set: LiveStatefulSet | null, listed: readonly ListedPod[]): ListedPod[] =>
  listed.filter(({ controller }) => controller === set?.metadata.uid);

export const podsOf = (set: LiveStatefulSet | null, listed: readonly ListedPod[]): PodFacts[] =>
  ownedBy(set, listed).map((pod) => ({ ...pod.facts, outdated: isOutdated(pod.madeFrom, revisionOf(set)) }));

/** Pods that are controlled by the network's StatefulSet, sorted by ordinal. */
export const listPods = async (
  cluster: Cluster,
  network: { namespace: string; name: string },
  set: LiveStatefulSet,
  options: Options = {},
): Promise<PodFacts[]> => podsOf(set, await listWithController(cluster, network, options));

/**
 * Whether it is outdated its set tells.
 *
 * @returns null: the pod's name is none that the network's StatefulSet gives
 */
export function podFacts(network: string, pod: LivePod): PodFacts | null {
  const ordinal = ordinalOf(network, pod.metadata.name);
  if (ordinal === null) return null;
  const { status } = pod;
  const ip = status?.podIP;
  return {
    name: pod.metadata.name,
    ordinal,
    uid: pod.metadata.uid,
    ip: ip === undefined || ip === '' ? null : ip,
    ready: status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true,
    terminating: pod.metadata.deletionTimestamp !== undefined,
    containerStart: nodeContainer(network, pod)?.state?.running?.startedAt ?? null,
    problem: problemOf(network, pod),
    outdated: false,
  };
}

type ContainerStatus = NonNullable<NonNullable<LivePod['status']>['containerStatuses']>[number];

const nodeContainer = (network: string, { status }: LivePod): ContainerStatus | null =>
  status?.containerStatuses?.find(({ name }) => name === containerName(network)) ?? null;

/** Waiting reasons of a container on its way. */
const ORDINARY = new Set(['ContainerCreating', 'PodInitializing']);

/** Reasons between which a container goes to and fro for one and the same cause. */
const SAME_CAUSE: Readonly<Record<string, string>> = { ErrImagePull: 'ImagePullBackOff' };

/** What people can do about it; for other reasons Kubernetes' own message says enough. */
const CURES: Readonly<Record<string, string>> = {
  ImagePullBackOff: 'The image cannot be pulled; check spec.image and the access to its registry.',
  InvalidImageName: 'spec.image is not the name of an image.',
  ErrImageNeverPull: 'The image is not on the node and must not be pulled.',
  CreateContainerConfigError: 'The container cannot be configured; check that the Secret exists and has its keys.',
  CrashLoopBackOff: 'The node ends again and again; see kubectl logs.',
};

function problemOf(network: string, pod: LivePod): Failure | null {
  const problem = whatHolds(network, pod);
  return problem && { ...problem, message: shortened(problem.message, MESSAGE_MAX_LENGTH) };
}

function whatHolds(network: string, pod: LivePod): Failure | null {
  const { name } = pod.metadata;
  const waiting = nodeContainer(network, pod)?.state?.waiting;
  if (waiting?.reason !== undefined && !ORDINARY.has(waiting.reason)) {
    const reason = SAME_CAUSE[waiting.reason] ?? waiting.reason;
    return { reason, message: `Pod ${name}: ${CURES[reason] ?? waiting.message ?? 'it waits.'}` };
  }
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    return {
      reason: 'Unschedulable',
      message: `Pod ${name}: ${scheduled.message ?? 'no node of the cluster takes it.'}`,
    };
  }
  return null;
}

/** Milliseconds since 1970 at which an object was made; 0: not known. */
export const madeAtMs = ({ metadata: { creationTimestamp } }: Live): number =>
  creationTimestamp === undefined ? 0 : Date.parse(creationTimestamp);

/** Milliseconds after the last one that a set's controller may take for the next pod before it is asked why there is none. */
const NEXT_POD_WITHIN_MS = 10_000;

/**
 * Whether a set lacks pods that should be there by now. To ask why costs the API server a look at all events of the namespace, which may be
 * tens of thousands.
 *
 * @param wanted how many there should be
 */
export function lacksPods(set: LiveStatefulSet, listed: readonly ListedPod[], wanted: number, nowMs: number): boolean {
  const own = ownedBy(set, listed);
  const newestMs = Math.max(madeAtMs(set), ...own.map((pod) => pod.madeAtMs));
  return own.length < wanted && nowMs - newestMs >= NEXT_POD_WITHIN_MS;
}

/** Events of a StatefulSet that say how its latest attempt at making a pod went. */
const REFUSED = 'FailedCreate';
const MADE = 'SuccessfulCreate';

/**
 * Why a StatefulSet makes fewer pods than it should, in its controller's words; null: it does not say. Nothing else shows it: the
 * set has no condition for it, and there is no pod.
 */
export async function podsRefused(
  cluster: Cluster,
  { namespace, statefulSetUid }: { namespace: string; statefulSetUid: string },
  { signal }: Options,
): Promise<Failure | null> {
  try {
    const fieldSelector = `involvedObject.uid=${statefulSetUid}`;
    const { items } = await list(cluster, EVENTS, { namespace, fieldSelector, keep: (event) => event, signal });
    return refusalIn(items);
  } catch (error) {
    // An older installation lacks this right; then the count of nodes is all that can be told.
    if (isForbidden(error)) return null;
    throw error;
  }
}

/** @param events of one StatefulSet, in any order */
export function refusalIn(events: readonly LiveEvent[]): Failure | null {
  const latest = (wanted: string): LiveEvent | undefined =>
    events.filter(({ reason }) => reason === wanted).sort((one, other) => (timeOf(one) < timeOf(other) ? 1 : -1))[0];
  const [refused, made] = [latest(REFUSED), latest(MADE)];
  if (refused === undefined || (made !== undefined && timeOf(made) > timeOf(refused))) return null;
  const message = `Kubernetes makes no more pods for this network; raise the quota or change the policy that refuses. ${refused.message ?? ''}`;
  return { reason: REFUSED, message: message.trim() };
}

const timeOf = ({ lastTimestamp, eventTime }: LiveEvent): string => lastTimestamp ?? eventTime ?? '';
