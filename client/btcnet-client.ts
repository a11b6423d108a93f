/** The client library: every command of the command line as a method. */
import type { BitcoinNetwork } from '../workflows/facts.ts';
import type { Accepted, Convergence, Mined, MineRequest } from '../workflows/messages.ts';
import { apply, type Applied, type ApplyOptions } from './actions/apply.ts';
import { credentials, type Credentials } from './actions/credentials.ts';
import { remove, type Deleted } from './actions/delete.ts';
import { describe, type Described } from './actions/describe.ts';
import { mine } from './actions/mine.ts';
import type { OnProgress } from './actions/progress.ts';
import { rpc, type RpcRequest } from './actions/rpc.ts';
import { scale, scaleAndWait } from './actions/scale.ts';
import { wait, type Awaited } from './actions/wait.ts';
import { LazyConnections, type ConnectionOptions, type Connections } from './connection.ts';
import { checkedName, type UnplacedManifest } from './manifest.ts';
import type { NetworkId } from './network-id.ts';

/** How long to wait when the caller does not say, in milliseconds. */
export const DEFAULT_TIMEOUTS_MS = {
  scale: 600_000,
  delete: 120_000,
  mine: 120_000,
  rpc: 30_000,
  wait: 60_000,
} as const;

/** Where a network is; the namespace of the kubeconfig's current context when left out. */
export interface InNamespace {
  namespace?: string | undefined;
}

export interface Waiting extends InNamespace {
  /** Milliseconds; see `DEFAULT_TIMEOUTS_MS`. */
  timeoutMs?: number | undefined;
  /** Told in one line how far it is, whenever that changes. */
  onProgress?: OnProgress | undefined;
}

/** Told once when a number of nodes was declared in the resource because no workflow answered, and why. */
export interface Noting {
  onNote?: ((note: string) => void) | undefined;
}

/**
 * Declares, watches and commands private Bitcoin networks. Connections are opened when they are first needed: reading and
 * declaring needs only Kubernetes, mining only Temporal. Every method throws `BtcnetError`.
 *
 * ```ts
 * const btcnet = new BtcnetClient();
 * await btcnet.apply({ name: 'my-network', spec: { nodes: 3 } });
 * await btcnet.wait('my-network', 'converged', { timeoutMs: 120_000 });
 * const { height } = await btcnet.mine('my-network', { blocks: 101 });
 * await btcnet.close();
 * ```
 */
export class BtcnetClient {
  readonly #connections: Connections;

  constructor(options: ConnectionOptions | { connections: Connections } = {}) {
    this.#connections = 'connections' in options ? options.connections : new LazyConnections(options);
  }

  /**
   * Creates or changes a network. The manifest is all that this client declares of it: what it declared before and now leaves out
   * is removed, unless `keep` is set; `spec.nodes` always stays what it is. `force` takes over fields that other managers own.
   */
  async apply(
    manifest: UnplacedManifest,
    { force = false, keep = false }: Partial<ApplyOptions> = {},
  ): Promise<Applied> {
    checkedName(manifest.name, 'manifest');
    const namespace = manifest.namespace ?? (await this.#connections.defaultNamespace());
    return apply(await this.#connections.store(), { ...manifest, namespace }, { force, keep });
  }

  /** The networks of one namespace, or of the whole cluster with `allNamespaces`. */
  async list(options: InNamespace & { allNamespaces?: boolean } = {}): Promise<BitcoinNetwork[]> {
    const namespace = options.allNamespaces
      ? null
      : (options.namespace ?? (await this.#connections.defaultNamespace()));
    return (await this.#connections.store()).list(namespace);
  }

  /** The resource. Throws `NOT_FOUND`. */
  async get(name: string, options: InNamespace = {}): Promise<BitcoinNetwork> {
    const id = await this.#id(name, options);
    return (await this.#connections.store()).read(id);
  }

  /** The resource, its events, and what its workflow is about. */
  async describe(name: string, options: InNamespace = {}): Promise<Described> {
    return describe(this.#connections, await this.#id(name, options));
  }

  /** RPC user and password of the nodes, in the clear, and the Secret that they come from. */
  async credentials(name: string, options: InNamespace = {}): Promise<Credentials> {
    const id = await this.#id(name, options);
    return credentials(await this.#connections.store(), id);
  }

  /** Asks for a number of nodes and waits until the network has converged on it; see `Convergence.result`. */
  async scale(name: string, nodes: number, options: Waiting & Noting = {}): Promise<Convergence> {
    const id = await this.#id(name, options);
    return scaleAndWait(this.#connections, id, nodes, { timeoutMs: DEFAULT_TIMEOUTS_MS.scale, ...defined(options) });
  }

  /** Asks for a number of nodes and returns as soon as that is on record. */
  async requestNodes(name: string, nodes: number, options: InNamespace & Noting = {}): Promise<Accepted> {
    return scale(this.#connections, await this.#id(name, options), nodes, options);
  }

  /** Deletes a network and, unless `wait` is false, waits until nothing of it is left. */
  async delete(name: string, options: Waiting & { wait?: boolean } = {}): Promise<Deleted> {
    const id = await this.#id(name, options);
    const defaults = { wait: true, timeoutMs: DEFAULT_TIMEOUTS_MS.delete };
    return remove(await this.#connections.store(), id, { ...defaults, ...defined(options) });
  }

  /** Mines blocks on one node. */
  async mine(name: string, request: MineRequest, options: Omit<Waiting, 'onProgress'> = {}): Promise<Mined> {
    const id = await this.#id(name, options);
    return mine(await this.#connections.workflows(), id, request, options.timeoutMs ?? DEFAULT_TIMEOUTS_MS.mine);
  }

  /**
   * The result of a JSON-RPC call to one node. Needs the rights to get the network, its StatefulSet, pods and Secrets, and where the
   * pods' addresses cannot be reached also to get and create `pods/portforward`. Throws `NodeError` when the node refuses the call.
   */
  async rpc(name: string, request: RpcRequest, options: Omit<Waiting, 'onProgress'> = {}): Promise<unknown> {
    const id = await this.#id(name, options);
    return rpc(this.#connections, id, request, options.timeoutMs ?? DEFAULT_TIMEOUTS_MS.rpc);
  }

  /** Waits until a network is as awaited. Returns it, or null when it was awaited that it is gone. */
  async wait(name: string, awaited: Awaited, options: Waiting = {}): Promise<BitcoinNetwork | null> {
    const id = await this.#id(name, options);
    return wait(await this.#connections.store(), id, awaited, {
      timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUTS_MS.wait,
      onProgress: options.onProgress,
    });
  }

  /** Closes the connections; the next call opens them again. */
  async close(): Promise<void> {
    await this.#connections.close();
  }

  async #id(name: string, { namespace }: InNamespace): Promise<NetworkId> {
    return { namespace: namespace ?? (await this.#connections.defaultNamespace()), name };
  }
}

/** Options without those that are left undefined, so that they do not hide a default. */
function defined<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
