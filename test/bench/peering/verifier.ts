/** What it costs to make sure that nothing about a network has changed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE } from '../../../deploy/local/addresses.ts';
import { StackError } from '../../../deploy/local/stack-error.ts';
import { reconcileSignal } from '../../../workflows/messages.ts';
import { networkWorkflowId } from '../../../workflows/names.ts';
import { lookStandsMs } from '../../../workflows/node-watch.ts';
import type { NodeFarm } from '../fake-cluster/node-farm.ts';
import { NAMESPACE } from './networks.ts';

/**
 * Milliseconds without a request after which a look is over, and what is added for each node: a large one has pauses on a busy machine.
 * Together with the time for which a look stands, so that the next one asks every node again.
 */
const SILENCE_MS = 500;
const SILENCE_MS_PER_NODE = 1;
const LOOK_MS = 25;
const LOOKS = 3;

/** Milliseconds for it to begin, and to end. */
const WITHIN_MS = 60_000;

export class Verifier {
  readonly #connection: Connection;
  readonly #client: Client;
  readonly #farm: NodeFarm;

  private constructor(connection: Connection, farm: NodeFarm) {
    this.#connection = connection;
    this.#client = new Client({ connection, namespace: TEMPORAL_NAMESPACE });
    this.#farm = farm;
  }

  static async connect(farm: NodeFarm): Promise<Verifier> {
    return new Verifier(await Connection.connect({ address: TEMPORAL_ADDRESS }), farm);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /**
   * Requests of three looks that somebody asks for, each counted from silence to silence. A round of the node watch that happens to fall into
   * one of them is counted with it.
   */
  async looks(network: string, nodes: number): Promise<number[]> {
    const counts: number[] = [];
    const silenceMs = lookStandsMs(nodes) + SILENCE_MS + nodes * SILENCE_MS_PER_NODE;
    while (counts.length < LOOKS) counts.push(await this.#requestsOfALook(network, silenceMs));
    return counts;
  }

  async #requestsOfALook(network: string, silenceMs: number): Promise<number> {
    const before = await this.#silence(silenceMs);
    await this.#client.workflow
      .getHandle(networkWorkflowId(NAMESPACE, network))
      .signal(reconcileSignal, 'to be measured');
    const deadline = performance.now() + WITHIN_MS;
    while (this.#farm.counts.posts === before) {
      if (performance.now() > deadline) throw new StackError(`${network} was not looked at.`);
      await sleep(LOOK_MS);
    }
    return (await this.#silence(silenceMs)) - before;
  }

  /** @returns requests so far, when there have been no more for a while */
  async #silence(forMs: number): Promise<number> {
    const deadline = performance.now() + WITHIN_MS;
    let count = this.#farm.counts.posts;
    for (let since = performance.now(); performance.now() - since < forMs;) {
      await sleep(LOOK_MS);
      const now = this.#farm.counts.posts;
      if (now !== count) since = performance.now();
      count = now;
      if (performance.now() > deadline) throw new StackError('The nodes are asked all the time.');
    }
    return count;
  }
}
