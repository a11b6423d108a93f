/**
 * What the workflows ask of activities, and how long each may take. The interface is declared here, by the one who calls,
 * so that workflow code imports nothing of the activities, not even their types.
 *
 * Every step of a pass is bounded by `STEP_LIMIT`: a pass never waits for what a user must mend. A failure comes back, becomes a
 * condition, and the loop goes on.
 */
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import { shortened } from './diary.ts';
import type { MineRequest, Mined } from './messages.ts';
import type {
  Failures,
  LookInput,
  NetworkRef,
  Observation,
  PeersReport,
  Step,
  SyncInput,
  WaitInput,
} from './observation.ts';
import type { NetworkSpec } from './spec.ts';

/** Which networks a node watch is about: those of the given part of all networks of the cluster. */
export interface NodeWatchShard {
  /** UID of the cluster's `kube-system` namespace. */
  cluster: string;
  /** From 0 to `shards` - 1. */
  shard: number;
  shards: number;
}

export interface Activities {
  observe: (input: LookInput) => Promise<Observation>;
  createNetwork: (input: { namespace: string; name: string; spec: NetworkSpec }) => Promise<{ uid: string }>;
  scaleNetwork: (input: { network: NetworkRef; nodes: number }) => Promise<{ generation: number }>;
  ensureCredentials: (network: NetworkRef) => Promise<string>;
  ensureService: (network: NetworkRef) => Promise<string>;
  ensureStatefulSet: (network: NetworkRef) => Promise<string>;
  syncPeers: (input: SyncInput) => Promise<PeersReport | null>;
  refreshTip: (network: NetworkRef) => Promise<PeersReport | null>;
  reconnectLaggards: (network: NetworkRef) => Promise<PeersReport | null>;
  rollNode: (network: NetworkRef) => Promise<string>;
  updateStatus: (input: { network: NetworkRef; peers: PeersReport | null; failures: Failures }) => Promise<string>;
  awaitPodReadiness: (input: WaitInput & { readiness: string }) => Promise<string>;
  awaitPeering: (input: WaitInput & { peers: PeersReport }) => Promise<string>;
  removeNetwork: (network: NetworkRef) => Promise<{ gone: boolean; removed: string[] }>;
  recordEvent: (input: { network: NetworkRef; reason: string; message: string }) => Promise<void>;
  mine: (input: MineRequest & { network: NetworkRef }) => Promise<Mined>;
  identifyCluster: () => Promise<string>;
  watchCluster: (input: { cluster: string }) => Promise<string>;
  /** Returns among how many the networks are to be divided from now on. */
  watchNodes: (input: NodeWatchShard) => Promise<{ shards: number; message: string }>;
}

/** The server takes 400 bytes for a summary. */
const SUMMARY_MAX_LENGTH = 180;
const said = (summary: string): string => shortened(summary, SUMMARY_MAX_LENGTH);

/** Nodes up to which a look is a local activity: it asks every node, and a local activity holds up messages while it runs. */
export const LOCAL_LOOK_MAX_NODES = 100;

/** The API server gets half a second more for each attempt; then the step counts as failed, and the loop goes on. */
const STEP_RETRY = { initialInterval: '500ms', backoffCoefficient: 2, maximumAttempts: 4 } as const;
const STEP_LIMIT_MS = 15_000;

/** Milliseconds that a step may take longer for each node of the network: connecting 5,000 nodes takes some ten seconds on a busy machine. */
const STEP_MS_PER_NODE = 3;

/** A look: cheap, done at every pass, and it adds one marker to the history instead of three events. */
const local = (summary: string): Activities =>
  proxyLocalActivities<Activities>({
    startToCloseTimeout: '2s',
    retry: { initialInterval: '200ms', maximumAttempts: 2 },
    summary,
  });
const ordinary = (summary: string, nodes: number): Activities =>
  proxyActivities<Activities>({
    startToCloseTimeout: 10_000 + nodes * STEP_MS_PER_NODE,
    scheduleToCloseTimeout: STEP_LIMIT_MS + 2 * nodes * STEP_MS_PER_NODE,
    retry: STEP_RETRY,
    summary,
  });

/** @param why what gave rise to the look, for people */
export const observe = (input: LookInput, nodes: number, why: string): Promise<Observation> => {
  const summary = said(`Look: ${why}`);
  return nodes <= LOCAL_LOOK_MAX_NODES ? local(summary).observe(input) : ordinary(summary, nodes).observe(input);
};

/** A step that makes a few calls to the API server. A worker that dies in it costs five seconds. */
const step = (summary: string, nodes = 0): Activities =>
  proxyActivities<Activities>({
    startToCloseTimeout: 5_000 + nodes * STEP_MS_PER_NODE,
    scheduleToCloseTimeout: STEP_LIMIT_MS + 2 * nodes * STEP_MS_PER_NODE,
    retry: STEP_RETRY,
    summary,
  });

export const { createNetwork } = step('Create the BitcoinNetwork');
export const { recordEvent } = step('Tell people in an event');
export const scaleNetwork = (nodes: number): Activities['scaleNetwork'] =>
  step(`Declare ${nodes} nodes in the resource`).scaleNetwork;

/** Talks to the nodes; heartbeats, so that a dead worker is noticed within three seconds. */
const peering = (summary: string, nodes: number): Activities =>
  proxyActivities<Activities>({
    startToCloseTimeout: 12_000 + nodes * STEP_MS_PER_NODE,
    scheduleToCloseTimeout: STEP_LIMIT_MS + 2 * nodes * STEP_MS_PER_NODE,
    heartbeatTimeout: '3s',
    retry: { ...STEP_RETRY, maximumAttempts: 2 },
    summary,
  });

/** What each step does, where there is no more to say of it. */
export const STEP_SUMMARIES: Readonly<Record<Step, string>> = {
  ensureCredentials: 'Make the node Secret: configuration and certificate',
  ensureService: 'Make the Service as declared',
  ensureStatefulSet: 'Make the StatefulSet as declared',
  syncPeers: 'Connect the nodes that should be connected, and no others',
  refreshTip: 'Mine one block, because the newest is old',
  reconnectLaggards: 'Connect nodes anew that stay behind',
  rollNode: 'Replace one outdated node, if all the others are well',
  updateStatus: 'Write status, conditions and events',
};

/** The steps of a pass, with what is said of them; those that talk to the nodes have a heartbeat. */
export function stepsSaying(summary: string, nodes: number): Pick<Activities, Step> {
  const text = said(summary);
  const { ensureCredentials, ensureService, ensureStatefulSet, rollNode, updateStatus } = step(text, nodes);
  const { syncPeers, refreshTip, reconnectLaggards } = peering(text, nodes);
  return {
    ensureCredentials,
    ensureService,
    ensureStatefulSet,
    syncPeers,
    refreshTip,
    reconnectLaggards,
    rollNode,
    updateStatus,
  };
}

export const { removeNetwork } = proxyActivities<Activities>({
  startToCloseTimeout: '12s',
  scheduleToCloseTimeout: STEP_LIMIT_MS,
  heartbeatTimeout: '3s',
  retry: STEP_RETRY,
  summary: 'Delete the network and wait until its children are gone',
});

/** Mining is not idempotent: it is tried once. */
export const mine = (blocks: number): Activities['mine'] =>
  proxyActivities<Activities>({
    startToCloseTimeout: '60s',
    heartbeatTimeout: '10s',
    retry: { maximumAttempts: 1 },
    summary: `Mine ${blocks} blocks`,
  }).mine;

/** Waits inside the activity; heartbeats, so that it learns of its cancellation and its death is noticed. */
export const waiting = (timeoutMs: number, summary: string): Pick<Activities, 'awaitPodReadiness' | 'awaitPeering'> =>
  proxyActivities<Activities>({
    startToCloseTimeout: timeoutMs + 10_000,
    heartbeatTimeout: '5s',
    retry: { initialInterval: '1s', backoffCoefficient: 1, maximumAttempts: 3 },
    summary,
  });

export const { identifyCluster } = proxyActivities<Activities>({
  startToCloseTimeout: '5s',
  retry: { initialInterval: '1s', backoffCoefficient: 1 },
  summary: 'Which cluster is this?',
});

/** Milliseconds of silence after which a worker that holds something counts as dead. */
export const HELD_HEARTBEAT_MS = 8_000;

/** What is held for an hour retries for ever, without a growing pause: attempts add no history, and a failover must not slow down. */
const held = (summary: string): Activities =>
  proxyActivities<Activities>({
    startToCloseTimeout: '70m',
    heartbeatTimeout: HELD_HEARTBEAT_MS,
    retry: { initialInterval: '1s', backoffCoefficient: 1 },
    summary,
  });

export const { watchCluster } = held('Hold the watches and wake the networks that change');
export const { watchNodes } = held('Ask the nodes what no watch shows: height, tip, peers');
