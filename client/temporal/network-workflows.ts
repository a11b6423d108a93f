/** What the workflows of networks are asked: the query and the Updates of workflows/messages.ts, each with a deadline. */
import { WorkflowUpdateStage, type Client, type WorkflowHandle } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import {
  describeQuery,
  mineUpdate,
  setNodesAndWaitUpdate,
  setNodesUpdate,
  type Accepted,
  type Convergence,
  type Mined,
  type MineRequest,
  type NetworkDescription,
} from '../../workflows/messages.ts';
import { networkWorkflowId } from '../../workflows/names.ts';
import type { NetworkId } from '../network-id.ts';
import { workflowError } from './workflow-error.ts';

/** How long a worker may take to answer a query, in milliseconds; it usually takes ten. */
const QUERY_TIMEOUT_MS = 5_000;

/** How long a worker may take to accept an Update, in milliseconds. */
const ACCEPT_TIMEOUT_MS = 15_000;

/** Everything that the client asks of Temporal; tests stand in for it. Every method throws `BtcnetError`. */
export interface NetworkWorkflows {
  /** null: no workflow runs for this network. Throws `UNREACHABLE` when the server or every worker is away. */
  describe(network: NetworkId): Promise<NetworkDescription | null>;
  /** Returns when the number is recorded. */
  setNodes(network: NetworkId, nodes: number): Promise<Accepted>;
  /** Returns how it ended; throws `TIMED_OUT` when that takes longer than `timeoutMs`. */
  setNodesAndWait(network: NetworkId, nodes: number, timeoutMs: number): Promise<Convergence>;
  /** Throws `TIMED_OUT` when it takes longer than `timeoutMs`. */
  mine(network: NetworkId, request: MineRequest, timeoutMs: number): Promise<Mined>;
}

export class TemporalNetworkWorkflows implements NetworkWorkflows {
  readonly #connect: () => Promise<Client>;

  constructor(connect: () => Promise<Client>) {
    this.#connect = connect;
  }

  async describe(network: NetworkId): Promise<NetworkDescription | null> {
    const client = await this.#connect();
    try {
      return await client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () =>
        handleOf(client, network).query(describeQuery),
      );
    } catch (error) {
      const failure = workflowError(error, network, 'QUERY');
      if (failure.code === 'NOT_FOUND') return null;
      throw failure;
    }
  }

  setNodes(network: NetworkId, nodes: number): Promise<Accepted> {
    return this.#update(network, setNodesUpdate, { nodes }, ACCEPT_TIMEOUT_MS);
  }

  setNodesAndWait(network: NetworkId, nodes: number, timeoutMs: number): Promise<Convergence> {
    return this.#update(network, setNodesAndWaitUpdate, { nodes }, timeoutMs);
  }

  mine(network: NetworkId, request: MineRequest, timeoutMs: number): Promise<Mined> {
    return this.#update(network, mineUpdate, request, timeoutMs);
  }

  async #update<Result, Arg>(
    network: NetworkId,
    update: UpdateDefinition<Result, [Arg]>,
    argument: Arg,
    timeoutMs: number,
  ): Promise<Result> {
    const client = await this.#connect();
    const deadline = Date.now() + timeoutMs;
    const accepting = Math.min(deadline, Date.now() + ACCEPT_TIMEOUT_MS);
    try {
      const started = await client.withDeadline(accepting, () =>
        handleOf(client, network).startUpdate<Result, [Arg]>(update, {
          args: [argument],
          waitForStage: WorkflowUpdateStage.ACCEPTED,
        }),
      );
      return await this.#result(client, network, deadline, () => started.result());
    } catch (error) {
      throw workflowError(error, network, 'ACCEPT');
    }
  }

  async #result<Result>(
    client: Client,
    network: NetworkId,
    deadline: number,
    wait: () => Promise<Result>,
  ): Promise<Result> {
    try {
      return await client.withDeadline(deadline, wait);
    } catch (error) {
      throw workflowError(error, network, 'RESULT');
    }
  }
}

function handleOf(client: Client, network: NetworkId): WorkflowHandle {
  return client.workflow.getHandle(networkWorkflowId(network.namespace, network.name));
}
