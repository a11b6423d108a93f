/**
 * How the original controller peers n nodes: one node after the other, it asks for the list of added nodes, and sends one request for each
 * of the n - 1 others that is missing, waiting for every answer.
 */
import { Agent, request } from 'undici';
import { RPC_PORT } from '../../../workflows/names.ts';
import { NodeFarm } from '../fake-cluster/node-farm.ts';
import { CREDENTIALS } from './networks.ts';

export interface Baseline {
  seconds: number;
  requests: number;
  /** `addnode` calls among them. */
  added: number;
}

/** Nodes of their own, so that nobody counts their connections among a network's: those of each latency have a port. */
const FIRST_PORT = RPC_PORT + 1;

/** How often it is measured where the nodes answer at once. */
const TIMES = 3;

/** The original's way with several numbers of nodes, all of which take the same time for an answer. */
export class Baselines {
  readonly #latencyMs: number;
  readonly #port: number;
  readonly #started = new Map<number, Promise<Baseline[]>>();
  #farm: Promise<NodeFarm> | null = null;

  /** @param latencyMs milliseconds that a node takes for an answer */
  constructor(latencyMs: number) {
    this.#latencyMs = latencyMs;
    this.#port = FIRST_PORT + latencyMs;
  }

  /** Begins with all of them, side by side, once each. */
  startAll(sizes: readonly number[]): this {
    for (const nodes of sizes) {
      const running = this.#run(nodes).then((one) => [one]);
      running.catch(() => undefined);
      this.#started.set(nodes, running);
    }
    return this;
  }

  async of(nodes: number): Promise<Baseline[]> {
    const started = this.#started.get(nodes);
    if (started !== undefined) return started;
    const runs: Baseline[] = [];
    while (runs.length < TIMES) runs.push(await this.#run(nodes));
    return runs;
  }

  async stop(): Promise<void> {
    await (await this.#farm)?.stop();
    this.#farm = null;
  }

  async #run(nodes: number): Promise<Baseline> {
    this.#farm ??= new NodeFarm({
      ...CREDENTIALS,
      port: this.#port,
      withoutPods: true,
      latencyMs: () => this.#latencyMs,
    }).start();
    const farm = await this.#farm;
    // Those of each size have a block of addresses of their own.
    const addresses = Array.from({ length: nodes }, (_, index) => `127.200.${nodes % 256}.${index + 1}`);
    const baseline = await peerOneByOne(addresses, { ...CREDENTIALS, port: this.#port });
    for (const address of addresses) farm.forget(address);
    return baseline;
  }
}

/** @param addresses of nodes that are connected to nobody */
async function peerOneByOne(
  addresses: readonly string[],
  { user, password, port }: { user: string; password: string; port: number },
): Promise<Baseline> {
  const agent = new Agent({ connections: 1 });
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  let requests = 0;
  const call = async (address: string, method: string, params: readonly unknown[]): Promise<unknown> => {
    requests += 1;
    const { statusCode, body } = await request(`http://${address}:${port}/`, {
      dispatcher: agent,
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '1.0', id: requests, method, params }),
    });
    const answer = (await body.json()) as { result: unknown; error: { message: string } | null };
    if (statusCode !== 200 || answer.error !== null)
      throw new Error(`${method}: ${answer.error?.message ?? statusCode}`);
    return answer.result;
  };
  let added = 0;
  const startedAt = performance.now();
  for (const address of addresses) {
    const listed = (await call(address, 'getaddednodeinfo', [])) as { addednode: string }[];
    const known = new Set(listed.map(({ addednode }) => addednode));
    for (const other of addresses) {
      if (other === address || known.has(other)) continue;
      await call(address, 'addnode', [other, 'add']);
      added += 1;
    }
  }
  const seconds = (performance.now() - startedAt) / 1000;
  await agent.close();
  return { seconds, requests, added };
}
