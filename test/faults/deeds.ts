/** Carries out a step of a schedule: faults begin and end by themselves, what people do is tried until it is taken. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE } from '../../deploy/local/addresses.ts';
import { scaleSignal, setNodesUpdate } from '../../workflows/messages.ts';
import { API_VERSION, KIND, networkWorkflowId, podName, serviceName, statefulSetName } from '../../workflows/names.ts';
import { NAMESPACE, SECRET } from '../bench/peering/networks.ts';
import type { Deed, Fault, Step } from './schedule.ts';
import type { Stage } from './stage.ts';

/** Milliseconds until what somebody wants must have been taken, and between two attempts. */
const TAKEN_WITHIN_MS = 90_000;
const AGAIN_MS = 300;

/** What Bitcoin Core says to wrong credentials. */
const UNAUTHORIZED = Buffer.from(
  'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="jsonrpc"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
);

/** What is done to one network of a stage. */
export class Deeds {
  readonly #stage: Stage;
  readonly #network: string;
  readonly #client: Client;
  readonly #connection: Connection;
  readonly #lasting: Promise<void>[] = [];
  /** Nodes that were asked for last. */
  #wanted: number;

  private constructor(stage: Stage, network: string, nodes: number, connection: Connection) {
    this.#stage = stage;
    this.#network = network;
    this.#wanted = nodes;
    this.#connection = connection;
    this.#client = new Client({ connection, namespace: TEMPORAL_NAMESPACE });
  }

  static async on(stage: Stage, network: string, nodes: number): Promise<Deeds> {
    return new Deeds(stage, network, nodes, await Connection.connect({ address: TEMPORAL_ADDRESS }));
  }

  /** Returns when the deed was taken, or the fault has begun. */
  async carryOut({ afterMs, act }: Step): Promise<void> {
    await sleep(afterMs);
    if (isFault(act)) {
      const lasting = this.#suffer(act);
      this.#lasting.push(lasting);
      // Whoever waits for it learns of a failure; until then it must not end the process.
      lasting.catch(() => undefined);
    } else await this.#do(act);
  }

  /** Returns when no fault lasts any more. */
  async calm(): Promise<void> {
    await Promise.all(this.#lasting);
    await this.#arrived();
    await this.#connection.close();
  }

  async #suffer(fault: Fault): Promise<void> {
    const { links, api, cluster } = this.#stage;
    switch (fault.kind) {
      case 'kill':
        if (fault.part !== 'worker') return cluster.restart(fault.part, fault.forMs);
        await this.#stage.killWorkers();
        await sleep(fault.forMs);
        return this.#stage.startWorker();
      case 'stop-worker':
        await this.#stage.stopWorkers();
        await sleep(fault.forMs);
        return this.#stage.startWorker();
      case 'replace-worker':
        await this.#stage.startWorker();
        return this.#stage.killWorkers({ but: 1 });
      case 'link':
        links[fault.link].begin(fault.fault);
        await sleep(fault.forMs);
        links[fault.link].end();
        return;
      case 'refuse-requests':
        api.status = fault.status;
        await sleep(fault.forMs);
        api.status = null;
        return;
      case 'refuse-credentials':
        links.nodes.begin('garbage', UNAUTHORIZED);
        await sleep(fault.forMs);
        links.nodes.end();
    }
  }

  async #do(deed: Deed): Promise<void> {
    const name = this.#network;
    switch (deed.kind) {
      case 'scale':
        await this.#arrived();
        this.#wanted = deed.nodes;
        return this.#scale(deed.nodes, deed.by);
      case 'recreate':
        await this.#arrived();
        this.#wanted = deed.nodes;
        await this.#kubectl('delete', `bitcoinnetwork/${name}`, '--ignore-not-found', '--wait=true');
        return this.declare(deed.nodes);
      case 'delete-pod':
        return this.#toNode(deed.node, (ordinal) =>
          this.#kubectl('delete', `pod/${podName(name, ordinal)}`, '--ignore-not-found', '--wait=false'),
        );
      case 'restart-container':
        return this.#toNode(deed.node, (ordinal) => this.#restart(podName(name, ordinal)));
      case 'delete-child': {
        const child =
          deed.child === 'service' ? `service/${serviceName(name)}` : `statefulset/${statefulSetName(name)}`;
        return this.#kubectl('delete', child, '--ignore-not-found', '--wait=false');
      }
      case 'edit-set':
        return this.#kubectl('scale', `statefulset/${statefulSetName(name)}`, `--replicas=${String(deed.replicas)}`);
      case 'mine':
        return this.#toNode(deed.node, (ordinal) => {
          this.#nodeOf(podName(name, ordinal))?.mine();
          return Promise.resolve();
        });
    }
  }

  /** Creates the network, whose name is free. */
  declare(nodes: number): Promise<void> {
    const metadata = { namespace: NAMESPACE, name: this.#network };
    const network = { apiVersion: API_VERSION, kind: KIND, metadata, spec: { nodes, secret: SECRET } };
    return taken(`${this.#network} is created`, async () => {
      await this.#stage.cluster.kubectl.run(['apply', '-f', '-'], { input: JSON.stringify(network) });
    });
  }

  #scale(nodes: number, by: 'kubectl' | 'signal' | 'update'): Promise<void> {
    if (by === 'kubectl')
      return this.#kubectl('scale', `bitcoinnetwork/${this.#network}`, `--replicas=${String(nodes)}`);
    const workflow = this.#client.workflow.getHandle(networkWorkflowId(NAMESPACE, this.#network));
    return taken(`${String(nodes)} nodes are asked for by ${by}`, async () => {
      if (by === 'signal') await workflow.signal(scaleSignal, nodes);
      else await workflow.executeUpdate(setNodesUpdate, { args: [nodes] });
    });
  }

  /** What was asked for last stands in the resource: nobody can tell the last of two wishes that are both under way. */
  async #arrived(): Promise<void> {
    await this.#stage.sight.changes.until(
      `${this.#network} declares ${String(this.#wanted)} nodes`,
      TAKEN_WITHIN_MS,
      () =>
        this.#stage.sight.network(`${NAMESPACE}/${this.#network}`)?.network.spec.nodes === this.#wanted ? true : null,
    );
  }

  /** The container's process ends and begins again: the address and the chain stay, connections and added nodes do not. */
  async #restart(pod: string): Promise<void> {
    const node = this.#nodeOf(pod);
    if (node === null) return;
    node.restart();
    const startedAt = new Date(Date.now() + 1_000).toISOString().replace(/\.\d+Z$/, 'Z');
    const path = '/status/containerStatuses/0';
    const patch = [
      { op: 'replace', path: `${path}/state/running/startedAt`, value: startedAt },
      { op: 'replace', path: `${path}/restartCount`, value: 1 },
    ];
    await this.#stage.cluster.kubectl.attempt([
      ...['patch', `pod/${pod}`, '-n', NAMESPACE, '--subresource=status', '--type=json', '-p', JSON.stringify(patch)],
    ]);
  }

  #nodeOf(pod: string) {
    const address = this.#stage.sight.addressOf(`${NAMESPACE}/${pod}`);
    return address === null ? null : this.#stage.farm.at(address);
  }

  async #toNode(node: number, act: (ordinal: number) => Promise<void>): Promise<void> {
    if (this.#wanted > 0) await act(node % this.#wanted);
  }

  #kubectl(...args: string[]): Promise<void> {
    return taken(`kubectl ${args.join(' ')}`, async () => {
      await this.#stage.cluster.kubectl.run([...args, '-n', NAMESPACE]);
    });
  }
}

const isFault = (act: Fault | Deed): act is Fault =>
  ['kill', 'stop-worker', 'replace-worker', 'link', 'refuse-requests', 'refuse-credentials'].includes(act.kind);

/** Tries until it works: the API server or Temporal may be away just now. */
async function taken(what: string, attempt: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + TAKEN_WITHIN_MS;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw new Error(`${what}: not taken`, { cause: error });
      await sleep(AGAIN_MS);
    }
  }
}
