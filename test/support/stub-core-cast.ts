/** Builders for tests with stubs of Bitcoin Core: networks of running nodes, their names, and what is needed to ask them. */
import { NetworkAccess } from '../../activities/bitcoin/endpoint.ts';
import type { NodeEndpoint } from '../../activities/bitcoin/endpoint.ts';
import { dnsName, podName, serviceName } from '../../workflows/names.ts';
import { StubClock } from './stub-core-clock.ts';
import { MemoryWire } from './stub-core-wire-memory.ts';
import { StubCore } from './stub-core.ts';
import type { CoreVersion } from './stub-core.ts';

/** Addresses are 127.b.0.1 and on; each cluster of a process has its own b. */
let clusters = 0;

/** Where pods live: addresses, one clock, and the cluster's names. */
export class CoreCluster {
  readonly wire = new MemoryWire();
  readonly clock = new StubClock();
  /** Address of every name, `<pod>.<service>`; tests may let it lag behind, as the cluster's cache does. */
  readonly names = new Map<string, string>();
  readonly #subnet = `127.${String(32 + ((process.pid + clusters++) % 200))}`;
  readonly #casts: CoreCast[] = [];
  #addresses = 0;

  nextAddress(): string {
    const number = ++this.#addresses;
    return `${this.#subnet}.${String(number >> 8)}.${String(number & 255)}`;
  }

  /** A network of so many nodes, all of one version. */
  async network(name: string, count: number, version: CoreVersion): Promise<CoreCast> {
    const cast = new CoreCast(this, name, version);
    this.#casts.push(cast);
    for (let ordinal = 0; ordinal < count; ordinal += 1) await cast.run(ordinal);
    return cast;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#casts.map((cast) => cast.stop()));
  }
}

/** The pods of one network. */
export class CoreCast {
  readonly access: NetworkAccess;
  readonly #cluster: CoreCluster;
  readonly #name: string;
  readonly #version: CoreVersion;
  readonly #pods = new Map<number, { node: StubCore; starts: number }>();

  constructor(cluster: CoreCluster, name: string, version: CoreVersion) {
    this.#cluster = cluster;
    this.#name = name;
    this.#version = version;
    this.access = this.accessWith('password');
  }

  accessWith(password: string): NetworkAccess {
    return new NetworkAccess({ networkUid: `uid-${this.#name}`, user: 'user', password, ca: null });
  }

  /** Starts the pod of an ordinal, empty; at a new address unless one is given. */
  async run(ordinal: number, address = this.#cluster.nextAddress()): Promise<StubCore> {
    const node = await new StubCore({
      address,
      wire: this.#cluster.wire,
      clock: this.#cluster.clock,
      resolve: (name, tell) => {
        tell(this.#cluster.names.get(name) ?? null);
      },
      version: this.#version,
      tag: this.access.networkUid,
      user: this.access.user,
      password: 'password',
    }).start();
    this.#pods.set(ordinal, { node, starts: 1 });
    this.#cluster.names.set(dnsName(this.#name, ordinal), address);
    return node;
  }

  /** Deletes the pod of an ordinal; its name goes with it. */
  async delete(ordinal: number): Promise<void> {
    await this.node(ordinal).stop();
    this.#pods.delete(ordinal);
    this.#cluster.names.delete(dnsName(this.#name, ordinal));
  }

  /** The container of an ordinal restarts in place. */
  restart(ordinal: number, options: { silently?: boolean } = {}): void {
    const pod = this.#pod(ordinal);
    pod.starts += 1;
    pod.node.restart(options);
  }

  node(ordinal: number): StubCore {
    return this.#pod(ordinal).node;
  }

  get nodes(): StubCore[] {
    return [...this.#pods.values()].map(({ node }) => node);
  }

  endpoint(ordinal: number): NodeEndpoint {
    const { node, starts } = this.#pod(ordinal);
    return {
      ordinal,
      pod: podName(this.#name, ordinal),
      address: node.address,
      port: node.port,
      host: `${podName(this.#name, ordinal)}.${serviceName(this.#name)}.test.svc`,
      startedAt: new Date(starts * 1_000).toISOString(),
    };
  }

  get endpoints(): NodeEndpoint[] {
    return [...this.#pods.keys()].toSorted((one, other) => one - other).map((ordinal) => this.endpoint(ordinal));
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  #pod(ordinal: number): { node: StubCore; starts: number } {
    const pod = this.#pods.get(ordinal);
    if (pod === undefined) throw new RangeError(`there is no node ${String(ordinal)}`);
    return pod;
  }
}
