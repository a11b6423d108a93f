/** Connections to Kubernetes and Temporal, each opened when it is first needed: a command that needs one touches only that one. */
import type { Client } from '@temporalio/client';
import type { RpcClient } from '../activities/bitcoin/rpc.ts';
import type { KeptAliveKubeConfig } from '../activities/kubernetes/kept-alive-config.ts';
import type { Transport } from '../activities/kubernetes/transports.ts';
import type { KubernetesOptions } from './kubernetes/kubeconfig.ts';
import type { NetworkStore } from './kubernetes/network-store.ts';
import type { NetworkNodes } from './kubernetes/nodes.ts';
import type { TemporalOptions } from './temporal/connect.ts';
import type { NetworkWorkflows } from './temporal/network-workflows.ts';

export interface ConnectionOptions extends KubernetesOptions, TemporalOptions {
  /** How nodes are asked: to their pods' addresses, through the API server, or whichever works (`auto`, when left out). */
  transport?: Transport | undefined;
}

/** What the client talks to: the cluster, the nodes in it, and Temporal. */
export interface Connections {
  /** Reads the kubeconfig, nothing more. */
  defaultNamespace(): Promise<string>;
  store(): Promise<NetworkStore>;
  nodes(): Promise<NetworkNodes>;
  workflows(): Promise<NetworkWorkflows>;
  close(): Promise<void>;
}

/** Nothing is loaded, read or connected before it is asked for. */
export class LazyConnections implements Connections {
  readonly #options: ConnectionOptions;
  #config: Promise<KeptAliveKubeConfig> | null = null;
  #rpc: Promise<RpcClient> | null = null;
  #temporal: Promise<Client> | null = null;

  constructor(options: ConnectionOptions = {}) {
    this.#options = options;
  }

  async defaultNamespace(): Promise<string> {
    const { defaultNamespace } = await import('./kubernetes/kubeconfig.ts');
    return defaultNamespace(await this.#kubeconfig());
  }

  async store(): Promise<NetworkStore> {
    const [{ KubernetesNetworkStore }, { KubernetesHttp }] = await Promise.all([
      import('./kubernetes/network-store.ts'),
      import('./kubernetes/http.ts'),
    ]);
    return new KubernetesNetworkStore(new KubernetesHttp(await this.#kubeconfig()));
  }

  async nodes(): Promise<NetworkNodes> {
    const [{ KubernetesNetworkNodes }, { KubernetesHttp }] = await Promise.all([
      import('./kubernetes/nodes.ts'),
      import('./kubernetes/http.ts'),
    ]);
    this.#rpc ??= this.#connectNodes();
    return new KubernetesNetworkNodes(new KubernetesHttp(await this.#kubeconfig()), await this.#rpc);
  }

  async workflows(): Promise<NetworkWorkflows> {
    const { TemporalNetworkWorkflows } = await import('./temporal/network-workflows.ts');
    return new TemporalNetworkWorkflows(() => this.#client());
  }

  async close(): Promise<void> {
    const [config, rpc, temporal] = await Promise.allSettled([this.#config, this.#rpc, this.#temporal]);
    if (rpc.status === 'fulfilled') await rpc.value?.close();
    if (config.status === 'fulfilled') await config.value?.close();
    if (temporal.status === 'fulfilled') await temporal.value?.connection.close();
    this.#config = null;
    this.#rpc = null;
    this.#temporal = null;
  }

  #kubeconfig(): Promise<KeptAliveKubeConfig> {
    this.#config ??= import('./kubernetes/kubeconfig.ts').then(({ loadKubeconfig }) => loadKubeconfig(this.#options));
    return this.#config;
  }

  async #connectNodes(): Promise<RpcClient> {
    const [{ clusterOf }, { nodeReach }, { RpcClient }] = await Promise.all([
      import('../activities/kubernetes/cluster.ts'),
      import('../activities/kubernetes/node-reach.ts'),
      import('../activities/bitcoin/rpc.ts'),
    ]);
    const cluster = clusterOf(await this.#kubeconfig());
    return new RpcClient(nodeReach(cluster, this.#options.transport ?? 'auto'));
  }

  /** A connection that could not be made is tried again the next time. */
  #client(): Promise<Client> {
    this.#temporal ??= import('./temporal/connect.ts')
      .then(({ connectTemporal }) => connectTemporal(this.#options))
      .catch((error: unknown) => {
        this.#temporal = null;
        throw error;
      });
    return this.#temporal;
  }
}
