/**
 * What activities tell the workflow and each other about a network. Everything here is plain JSON of bounded size: nothing
 * grows with the number of nodes, and no credential can be put into it. Pure: no imports but from the model.
 */

/** Which network: `uid` tells it from one of the same name that was deleted before. */
export interface NetworkRef {
  namespace: string;
  name: string;
  uid: string;
}

/** Steps that a pass can find due; each is an activity of the same name. */
export const STEPS = [
  'ensureCredentials',
  'ensureService',
  'ensureStatefulSet',
  'syncPeers',
  'refreshTip',
  'reconnectLaggards',
  'rollNode',
  'updateStatus',
] as const;
export type Step = (typeof STEPS)[number];

/** Steps that make a child; what stops them is often seen by no watch. */
export const CHILD_STEPS = ['ensureCredentials', 'ensureService', 'ensureStatefulSet'] as const satisfies Step[];
export type ChildStep = (typeof CHILD_STEPS)[number];

/** Characters of a message: what others say (the API server, the kubelet, a node) can be of any length, and histories keep it. */
export const MESSAGE_MAX_LENGTH = 1_000;

/** Why a step failed: a stable reason for the condition and the event, and a sentence that names the object and the cure. */
export interface Failure {
  /** UpperCamelCase, stable: `ChildConflict`, `Forbidden`, `QuotaExceeded`, `SecretMissing`, … */
  reason: string;
  message: string;
}
export type Failures = Partial<Record<Step, Failure>>;

/** What the nodes themselves say, as counts and samples. */
export interface PeersReport {
  /** Digest of the wanted nodes (ordinal, address, start of container) that the report is about. */
  members: string;
  /** Nodes that should be connected: ordinal below `spec.nodes`, Ready, not terminating. */
  wanted: number;
  /** Of those, how many answered RPC. */
  answered: number;
  /** Undirected connections that the topology asks for, and how many of them both ends confirmed. */
  expectedEdges: number;
  actualEdges: number;
  /** Connections that should not be: to leaving nodes, other networks, strangers; also second ones of a pair, and unwanted ones. */
  strayEdges: number;
  /** Missing ones that can be made now: both ends answer, or the end that answers does not list the other. */
  openEdges: number;
  /** Best height among the nodes that answered; null when none did. */
  height: number | null;
  /** Block hash (64 hex digits) of that tip. */
  tip: string | null;
  /** Nodes that answered and are on exactly that tip. */
  atTip: number;
  /** Two tips of the same height exist. */
  forked: boolean;
  /** When the nodes were asked, ISO 8601. */
  seenAt: string;
  /** Name of the look, in the process that took it: what comes right after it can go on from it. Left out: it cannot. */
  look?: string;
  /** Up to five nodes that could not be asked, and why, without credentials. */
  faults: NodeFault[];
}

export interface NodeFault {
  ordinal: number;
  /** Stable: `Unauthorized`, `Refused`, `TimedOut`, `BadAnswer`, `NotStarted`, … */
  reason: string;
  message: string;
}

/** What one look at a network found, and what follows from it. */
export interface Observation {
  /** UID of the resource; null: there is no such resource. */
  uid: string | null;
  /** The resource has a deletionTimestamp. */
  deleting: boolean;
  paused: boolean;
  generation: number;
  /** Declared nodes. */
  nodes: number;
  /** Pods that are wanted and Ready. */
  ready: number;
  peers: PeersReport | null;
  /** What `awaitPodReadiness` waits to be different: which nodes are ready, the children, why steps fail. */
  readiness: string;
  /** Failures of earlier passes that still stand in the way. */
  failures: Failures;
  /** What to do now, in this order; the steps of one stage run side by side. */
  due: Step[][];
  /** Everything is as declared: ready, peered, on one tip, and the status says so. */
  settled: boolean;
  /** Changes whenever anything changes that a pass acts on or reports. */
  digest: string;
  /** How many looks in a row found the same digest, this one not counted. */
  quietPasses: number;
  /** What the pause before the next pass may wait for inside an activity; null: nothing but time and messages. */
  waitFor: 'podReadiness' | 'peering' | null;
  /** Milliseconds until the next look if nothing wakes the workflow. */
  lookAgainMs: number;
  /** One line for people: what was seen and what is done about it. */
  summary: string;
  /** What the Web UI says of the steps and of the nodes; left out where there is nothing to say. */
  words?: Words;
  /** What the search attributes say, where the Temporal namespace has them; left out where it has not. */
  search?: {
    /** Reason of what stands in the way; null: nothing does. */
    reason: string | null;
  };
}

export interface Words {
  /** What each due step will do, where there is more to say of it than always. */
  steps: Partial<Record<Step, string>>;
  /** Nodes that are not ready, and why; left out when all are. */
  unready?: string;
  /** What stands in the way, be it a step that failed or one that waits for somebody; left out when nothing does. */
  trouble?: Failure;
}

/** What a look is told: whom to look at, and what the workflow remembers. */
export interface LookInput {
  namespace: string;
  name: string;
  /** The network that this workflow has been about so far; null: it has not seen one. */
  uid: string | null;
  failures: Failures;
  digest: string;
  quietPasses: number;
  /** The look at the nodes that nothing was done after, as `PeersReport` names it. */
  goesOnFrom?: string | null;
}

export interface SyncInput extends NetworkRef {
  /** The look at the nodes that nothing was done after, as `PeersReport` names it. */
  goesOnFrom?: string | null;
}

export interface WaitInput {
  network: NetworkRef;
  /** Milliseconds after which the wait ends although nothing changed. */
  timeoutMs: number;
}
