/** Tells workflows what the watches saw, through a Temporal client. */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Signals } from '../activities/dependencies.ts';
import { reconcileSignal, type NetworkInput } from '../workflows/messages.ts';
import {
  NETWORK_WORKFLOW,
  networkOfWorkflowId,
  networkWorkflowId,
  NODE_WATCH_WORKFLOW,
  nodeWatchWorkflowId,
  WATCH_WORKFLOW,
  WATCH_WORKFLOW_ID,
} from '../workflows/names.ts';
import type { bitcoinNetwork, watchCluster, watchNodes } from '../workflows/index.ts';

/**
 * Events after which a network's workflow continues as new, when nobody waits for it. Workflows at rest are not kept in memory, so every look
 * replays what there is; and a worker that takes over replays that of all networks.
 */
const REST_LIMIT = 100;

/** Workflows that are listed with one request. */
const LIST_PAGE = 1_000;

export class TemporalSignals implements Signals {
  readonly #client: Client;
  readonly #taskQueue: string;

  constructor(client: Client, taskQueue: string) {
    this.#client = client;
    this.#taskQueue = taskQueue;
  }

  async wake(namespace: string, name: string, { live, why }: { live: boolean; why: string }): Promise<void> {
    if (live) {
      await this.#client.workflow.signalWithStart<typeof bitcoinNetwork, [string?]>(NETWORK_WORKFLOW, {
        ...this.#startOptions(namespace, name),
        signal: reconcileSignal,
        signalArgs: [why],
      });
      return;
    }
    try {
      await this.#client.workflow.getHandle(networkWorkflowId(namespace, name)).signal(reconcileSignal, why);
    } catch (error) {
      // Nobody follows this network any more: nobody needs to know.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }

  async ensureStarted(namespace: string, name: string): Promise<void> {
    await this.#client.workflow.start<typeof bitcoinNetwork>(NETWORK_WORKFLOW, {
      ...this.#startOptions(namespace, name),
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
  }

  /** One request for a thousand networks, where starting each of them that may run already would be one for each. */
  async running(): Promise<{ namespace: string; name: string }[]> {
    const query = `WorkflowType = "${NETWORK_WORKFLOW}" AND ExecutionStatus = "Running" AND TaskQueue = ${JSON.stringify(this.#taskQueue)}`;
    const found: { namespace: string; name: string }[] = [];
    for await (const { workflowId } of this.#client.workflow.list({ query, pageSize: LIST_PAGE })) {
      const network = networkOfWorkflowId(workflowId);
      if (network !== null) found.push(network);
    }
    return found;
  }

  /** Starts the one workflow that holds the watches, unless it runs. */
  async ensureWatch(): Promise<void> {
    await this.#client.workflow.start<typeof watchCluster>(WATCH_WORKFLOW, {
      workflowId: WATCH_WORKFLOW_ID,
      taskQueue: this.#taskQueue,
      args: [],
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: 'Watches the cluster and wakes the networks that change',
    });
  }

  /** Starts the workflows that ask the nodes, those of them that do not run. */
  async ensureNodeWatches(shards: number): Promise<void> {
    await Promise.all(
      Array.from({ length: shards }, (_, shard) =>
        this.#client.workflow.start<typeof watchNodes>(NODE_WATCH_WORKFLOW, {
          workflowId: nodeWatchWorkflowId(shard),
          taskQueue: this.#taskQueue,
          args: [{ shard, shards }],
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: 'Asks the nodes for what Kubernetes does not show: height, tip, peers',
        }),
      ),
    );
  }

  #startOptions(namespace: string, name: string) {
    const args: [NetworkInput] = [{ namespace, name, restLimit: REST_LIMIT }];
    return {
      workflowId: networkWorkflowId(namespace, name),
      taskQueue: this.#taskQueue,
      args,
      memo: { namespace, name },
      staticSummary: `The Bitcoin network ${name} in the namespace ${namespace}`,
    };
  }
}
