/**
 * The facts that a look at the cluster yields, and the shape of the status that is written back. They stay inside
 * activities: lists of nodes never enter a workflow's history. Pure: no imports but from the model.
 */
import type { Failure, Failures, PeersReport } from './observation.ts';
import type { Implementation, NetworkSpec } from './spec.ts';

/** A `BitcoinNetwork` as the API server returns it. */
export interface BitcoinNetwork {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    uid: string;
    resourceVersion: string;
    generation: number;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec: NetworkSpec;
  status?: NetworkStatus;
}

/** `status.nodes[]`, as the original's clients read it. */
export interface NodeStatus {
  ordinal: number;
  ready: boolean;
  /** Pod address; empty while there is none. */
  ip: string;
  /** The pod's name. */
  nodeName: string;
  /** `<pod>.<service>` */
  dnsName: string;
}

/** A condition in the standard shape of Kubernetes. */
export interface Condition {
  type: 'Ready' | 'Peered' | 'Synced';
  status: 'True' | 'False' | 'Unknown';
  /** UpperCamelCase, stable. */
  reason: string;
  message: string;
  observedGeneration: number;
  /** ISO 8601; changes with `status` only. */
  lastTransitionTime: string;
}

export interface NetworkStatus {
  observedGeneration?: number;
  /** Pods that the stateful set has; what the scale subresource reports. */
  replicas?: number;
  readyNodes?: number;
  /** Declared nodes whose pods are of the present template. */
  updatedNodes?: number;
  /** Label selector of the pods, as text. */
  selector?: string;
  nodes?: NodeStatus[] | null;
  conditions?: Condition[];
  /** Best tip seen; `seenAt` is when it was first seen at this height, so that looking alone writes nothing. */
  chain?: { height: number; tip: string; seenAt: string };
  peers?: { expected: number; actual: number };
}

export interface PodFacts {
  name: string;
  ordinal: number;
  uid: string;
  /** Pod address; null while it has none. */
  ip: string | null;
  ready: boolean;
  /** Has a deletionTimestamp; such a pod can stay Ready for a while and still counts as not ready. */
  terminating: boolean;
  /** When the node's container started last (ISO 8601); a container that restarted in place has forgotten its peers. */
  containerStart: string | null;
  /** Why the pod cannot start, when Kubernetes says so (`ImagePullBackOff`, `CreateContainerConfigError`, …). */
  problem: Failure | null;
  /** Made from another pod template than the set has now; false as well while it is not known which one it has. */
  outdated: boolean;
}

/**
 * A child object: `ours` is as it should be, `drifted` is ours but changed by hand, `dying` has a deletionTimestamp or belongs
 * to a network of the same name that is gone, `foreign` belongs to somebody else.
 */
export type ChildState = 'missing' | 'ours' | 'drifted' | 'dying' | 'foreign';

export interface NetworkFacts {
  /** null: there is no such resource. */
  network: BitcoinNetwork | null;
  implementation: Implementation;
  /** The rendered Secret of the nodes; `drifted` also when the named Secret has changed since, or when it holds what nobody needs any more. */
  credentials: ChildState;
  /** Why the Secret of the nodes cannot be rendered: what it is made from is missing, incomplete or somebody else's. */
  credentialsProblem: Failure | null;
  service: ChildState;
  statefulSet: ChildState;
  /** `spec.replicas` of the stateful set; null while there is none. */
  replicas: number | null;
  /** Pods that are controlled by our stateful set, whatever their ordinal. */
  pods: PodFacts[];
  /** Why Kubernetes makes fewer pods than are declared: a quota, a policy. */
  podsRefused: Failure | null;
  /** null: no wanted pod is ready, or nobody was asked. */
  peers: PeersReport | null;
  /** Time in the header of the best block (ISO 8601); null: not known. */
  tipMinedAt: string | null;
  /** Steps that failed in the last pass. */
  failures: Failures;
}
