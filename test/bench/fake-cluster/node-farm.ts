/**
 * One listening socket behind which every loopback address is a Bitcoin Core node of its own: as many nodes as there are fake pods,
 * each with its peers, its list of added nodes and its chain. Requests are counted.
 */
import { createServer, type Server } from 'node:net';
import { dnsName, ordinalOf, RPC_PORT } from '../../../workflows/names.ts';
import { REAL_CLOCK } from '../../support/stub-core-clock.ts';
import { StubCore } from '../../support/stub-core.ts';
import { IndexedWire } from './wire.ts';

export interface FarmOptions {
  user: string;
  password: string;
  /** Milliseconds that every answer takes. */
  latencyMs: () => number;
  /** {@link RPC_PORT} unless given. */
  port?: number;
  /** Behind every address is a node, whether or not there is a pod. */
  withoutPods?: boolean;
}

/** Of a fake pod what makes a node of it. */
export interface FarmPod {
  uid: string;
  namespace: string;
  name: string;
  network: string;
  address: string;
}

export class NodeFarm {
  readonly wire = new IndexedWire();
  readonly #options: FarmOptions;
  readonly #nodes = new Map<string, StubCore>();
  /** By address: the pod that has it now. */
  readonly #pods = new Map<string, FarmPod>();
  /** By `<pod>.<service>`: its address. */
  readonly #names = new Map<string, string>();
  readonly #server: Server;
  /** Of nodes that are gone. */
  #past = { posts: 0, calls: 0 };

  constructor(options: FarmOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true }, (socket) => {
      const address = socket.localAddress;
      const isThere = address !== undefined && (options.withoutPods === true || this.#pods.has(address));
      // A pod that has just gone must not come to life again because somebody asks its address once more.
      if (isThere) this.at(address).serve(socket);
      else socket.destroy();
    });
  }

  /** Listens for the RPC of all nodes. */
  async start(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ port: this.#options.port ?? RPC_PORT, host: '0.0.0.0', backlog: 4_096 }, resolve);
    });
    return this;
  }

  async stop(): Promise<void> {
    for (const node of this.#nodes.values()) this.#end(node);
    this.#nodes.clear();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  /** A pod has this address now; the node of an earlier one is gone. */
  podRuns(pod: FarmPod): void {
    const before = this.#pods.get(pod.address);
    if (before?.uid === pod.uid) return;
    if (before !== undefined) this.podGone(before);
    this.#pods.set(pod.address, pod);
    const name = nameOf(pod);
    if (name !== null) this.#names.set(name, pod.address);
    this.at(pod.address);
  }

  podGone({ address, uid }: FarmPod): void {
    const pod = this.#pods.get(address);
    if (pod?.uid !== uid) return;
    this.#pods.delete(address);
    const name = nameOf(pod);
    if (name !== null && this.#names.get(name) === address) this.#names.delete(name);
    this.forget(address);
  }

  /** The node of an address ends, whether or not a pod is behind it. */
  forget(address: string): void {
    const node = this.#nodes.get(address);
    if (node === undefined) return;
    this.#nodes.delete(address);
    this.#end(node);
  }

  /** The node of an address; it begins to live when it is first asked for. */
  at(address: string): StubCore {
    const known = this.#nodes.get(address);
    if (known !== undefined) return known;
    const { user, password, latencyMs } = this.#options;
    const node = new StubCore({
      address,
      wire: this.wire,
      clock: REAL_CLOCK,
      resolve: (name, tell) => {
        tell(this.#names.get(name) ?? null);
      },
      version: '28',
      tag: 'bench',
      user,
      password,
      rpc: null,
      latencyMs,
    });
    node.onCall = (method) => {
      if (method === 'getpeerinfo') this.wire.seen(node);
    };
    this.#nodes.set(address, node);
    void node.start();
    return node;
  }

  /** HTTP requests and RPC calls that were answered so far, by all nodes that there ever were. */
  get counts(): { posts: number; calls: number } {
    const sum = { ...this.#past };
    for (const { posts, calls } of this.#nodes.values()) {
      sum.posts += posts;
      sum.calls += calls.length;
    }
    return sum;
  }

  #end(node: StubCore): void {
    this.#past.posts += node.posts;
    this.#past.calls += node.calls.length;
    void node.stop().catch(() => undefined);
  }
}

/** `<pod>.<service>`; null: no pod of a network. */
function nameOf({ network, name }: FarmPod): string | null {
  const ordinal = ordinalOf(network, name);
  return ordinal === null ? null : dnsName(network, ordinal);
}
