/**
 * Holds the watches of a cluster: one long, heartbeating activity. When its worker dies, the heartbeat times out and another
 * worker goes on; that is leader election for nothing. The activity ends by itself every hour, so that the history stays short.
 */
import { continueAsNew, setCurrentDetails } from '@temporalio/workflow';
import * as activity from './activities.ts';

export interface WatchInput {
  /** UID of the cluster's `kube-system` namespace; a worker of another cluster is refused. */
  cluster?: string;
}

export async function watchCluster(input: WatchInput = {}): Promise<void> {
  const cluster = input.cluster ?? (await activity.identifyCluster());
  setCurrentDetails(`Watches the cluster whose kube-system namespace has the UID ${cluster}.`);
  await activity.watchCluster({ cluster });
  await continueAsNew<typeof watchCluster>({ cluster });
}
