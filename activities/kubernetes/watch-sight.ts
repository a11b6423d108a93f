/** What the watch keeps of each object, and which changes of it concern the network. Pure. */
import { createHash } from 'node:crypto';
import type { BitcoinNetwork } from '../../workflows/facts.ts';
import { INSTANCE_LABEL, KIND, ordinalOf } from '../../workflows/names.ts';
import type { Live, LivePod, LiveService, LiveStatefulSet } from './objects.ts';
import { controllerOf } from './ownership.ts';
import { podFacts } from './pods.ts';
import { revisionOf } from './rotation.ts';

/** A network in the watch's memory. */
export interface NetworkSight {
  uid: string;
  resourceVersion: string;
  /** Changes when the network must be looked at: not with its status. */
  mark: string;
  deleting: boolean;
  paused: boolean;
  /** Declared nodes. */
  nodes: number;
  /** The status was written once, at least. */
  reported: boolean;
  /** The status is about the current spec. */
  observed: boolean;
  /** All conditions are true. */
  contented: boolean;
  /** Ready nodes as the status has them. */
  readyNodes: number;
}

/** A child in the watch's memory. */
export interface ChildSight {
  uid: string;
  resourceVersion: string;
  /** Name of the network that it belongs to; null: none that is known. */
  network: string | null;
  mark: string;
  /** A pod that is ready and not on its way out. */
  ready: boolean;
  /** Ordinal of a pod; -1 for other children. */
  ordinal: number;
  /** Declared replicas of a StatefulSet; -1 for other children. */
  replicas: number;
  /** Version of a StatefulSet's template by which its pods are judged; null: not known, or another child. */
  revision: string | null;
}

const digest = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);

export function networkSight({ metadata, spec, status }: BitcoinNetwork): NetworkSight {
  const deleting = metadata.deletionTimestamp !== undefined;
  const conditions = status?.conditions ?? [];
  return {
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    mark: `${metadata.uid}/${metadata.generation}/${deleting}`,
    deleting,
    paused: spec.paused === true,
    nodes: spec.nodes,
    reported: status?.observedGeneration !== undefined,
    observed: status?.observedGeneration === metadata.generation,
    contented: conditions.length > 0 && conditions.every((condition) => condition.status === 'True'),
    readyNodes: status?.readyNodes ?? 0,
  };
}

/** The owner reference names the network; a label can be changed by anybody. */
function ownerOf(child: Live): string | null {
  const controller = controllerOf(child);
  return controller?.kind === KIND ? controller.name : (child.metadata.labels?.[INSTANCE_LABEL] ?? null);
}

/** Everything of a child but its status and its bookkeeping. */
function childSight(child: Live & { spec?: unknown }, own: Partial<ChildSight> = {}): ChildSight {
  const { metadata } = child;
  const { uid, resourceVersion, labels, deletionTimestamp } = metadata;
  return {
    uid,
    resourceVersion,
    network: ownerOf(child),
    mark: digest([uid, labels, deletionTimestamp !== undefined, controllerOf(child)?.uid, child.spec]),
    ready: false,
    ordinal: -1,
    replicas: -1,
    revision: null,
    ...own,
  };
}

export const serviceSight = (service: LiveService): ChildSight => childSight(service);

export const statefulSetSight = (set: LiveStatefulSet): ChildSight =>
  childSight(set, { replicas: set.spec?.replicas ?? -1, revision: revisionOf(set) });

/** Of a pod only what its node's life consists of: place, readiness, start of the container, what it waits for. */
export function podSight(pod: LivePod): ChildSight {
  const { metadata } = pod;
  const network = metadata.labels?.[INSTANCE_LABEL] ?? null;
  const facts = network === null ? null : podFacts(network, pod);
  const { ip, ready, terminating, containerStart, problem } = facts ?? {};
  return {
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    network,
    mark: digest([metadata.uid, ip, ready, terminating, containerStart, problem?.reason]),
    ready: ready === true && terminating === false,
    ordinal: (network === null ? null : ordinalOf(network, metadata.name)) ?? -1,
    replicas: -1,
    revision: null,
  };
}
