/** The messages of `bitcoinNetwork`, shared by workflow, worker, client and tests. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Failures, PeersReport } from './observation.ts';
import type { NetworkSpec } from './spec.ts';

/** Input of `bitcoinNetwork`. Namespace and name may be left out: the workflow id names them. */
export interface NetworkInput {
  namespace?: string;
  name?: string;
  /** Used once, to create the resource when there is none; an existing resource wins. */
  spec?: NetworkSpec;
  /** Events after which the workflow continues as new, where the server does not suggest it earlier; for tests. */
  historyLimit?: number;
  /** Events after which it does so when nobody waits for it. */
  restLimit?: number;
  /** What a continued run hands to the next one; not for people. */
  carried?: CarriedState;
}

/** State that survives continue-as-new. */
export interface CarriedState {
  uid: string | null;
  /** A number of nodes that was asked for and is not yet written to the resource. */
  requestedNodes: number | null;
  deleteRequested: boolean;
  failures: Failures;
  /** Digest of the last look, and how many looks in a row found it unchanged. */
  digest: string;
  quietPasses: number;
  /** Declared nodes at the last look: a large network is looked at by an ordinary activity. */
  nodes: number;
  /** What has been removed so far, when the network is on its way out. */
  removed: string[];
  /** Passes since the network's workflow was first started. */
  passes: number;
  /** The last look at the nodes, for the next step to go on from; null: there is none that still stands. */
  look?: string | null;
  /** The last lines of what has happened. */
  diary?: string[];
  /** Messages that made no sense and that no event has told of yet; left out: there are none. */
  complaints?: string[];
}

/** Result of `bitcoinNetwork`: what is gone. */
export interface Removed {
  network: string;
  /** Objects that were removed, as `kind/name`; pods as a count. */
  objects: string[];
  message: string;
}

export interface Accepted {
  nodes: number;
  message: string;
}

/** How an Update that waits for convergence ended. */
export interface Convergence {
  result: 'converged' | 'timed-out' | 'superseded' | 'deleted' | 'continued-as-new';
  nodes: number;
  ready: number;
  height: number | null;
  message: string;
}

export interface MineRequest {
  /** How many blocks, 1 to 1,000. */
  blocks: number;
  /** Ordinal of the node that mines; the lowest ready one when left out. */
  node?: number;
  /** Address that is paid; a fixed regtest address when left out. */
  address?: string;
}

export interface Mined {
  blocks: number;
  node: number;
  height: number;
  tip: string;
}

/** Answer of the query `describe`. */
export interface NetworkDescription {
  namespace: string;
  name: string;
  uid: string | null;
  phase: 'Starting' | 'Absent' | 'Settling' | 'Settled' | 'Paused' | 'Deleting';
  nodes: number;
  ready: number;
  peers: PeersReport | null;
  failures: Failures;
  requestedNodes: number | null;
  passes: number;
  summary: string;
}

/** `{"nodes": 4}` or a bare `4`; nonsense is reported and otherwise ignored. */
export const scaleSignal = defineSignal<[unknown]>('scale');
/** Remove the network and everything that belongs to it. */
export const deleteSignal = defineSignal('delete');
/** Look now. */
export const reconcileSignal = defineSignal<[string?]>('reconcile');
/** Ask for a number of nodes; returns when the wish is recorded. */
export const setNodesUpdate = defineUpdate<Accepted, [unknown]>('setNodes');
/** Ask for a number of nodes; returns when the network has converged on it, or within ten minutes with the reason why not. */
export const setNodesAndWaitUpdate = defineUpdate<Convergence, [unknown]>('setNodesAndWait');
/** Mine blocks on one node. */
export const mineUpdate = defineUpdate<Mined, [MineRequest]>('mine');
export const describeQuery = defineQuery<NetworkDescription>('describe');
