/**
 * Sees what Kubernetes does not show, the nodes' own height, tip and peers: one long, heartbeating activity that asks them again
 * and again, held as the watches of the cluster are. The networks of a cluster can be divided among several such workflows.
 */
import { continueAsNew, setCurrentDetails } from '@temporalio/workflow';
import * as activity from './activities.ts';

export interface NodeWatchInput {
  /** UID of the cluster's `kube-system` namespace; a worker of another cluster is refused. */
  cluster?: string;
  /** This workflow's part of the networks, from 0 on, and how many parts there are; all networks when left out. */
  shard?: number;
  shards?: number;
}

export async function watchNodes(input: NodeWatchInput = {}): Promise<void> {
  const { shard = 0, shards = 1 } = input;
  const cluster = input.cluster ?? (await activity.identifyCluster());
  setCurrentDetails(`Asks the nodes of the cluster's networks, part ${shard + 1} of ${shards}.`);
  const next = await activity.watchNodes({ cluster, shard, shards });
  // The workers were told to divide the networks among fewer, and this part is another's now.
  if (shard >= next.shards) return;
  await continueAsNew<typeof watchNodes>({ cluster, shard, shards: next.shards });
}
