/** Connections to Kubernetes and Temporal, each opened when it is first needed: a command that needs one touches only that one. */
import type { Client } from '@temporalio/client';
import type { NetworkStore } from './kubernetes/network-store.ts';
import type { KeptAliveKubeConfig, KubernetesOptions } from './kubernetes/kubeconfig.ts';
import type { TemporalOptions } from './temporal/connect.ts';
import type { NetworkWorkflows } from './temporal/network-workflows.ts';

export interface ConnectionOptions extends KubernetesOptions, TemporalOptions {}

/** The two systems that the client talks to. */
export interface Connections {
  /** Reads the kubeconfig, nothing more. */
  defaultNamespace(): Promise<string>;
  store(): Promise<NetworkStore>;
  workflows(): Promise<NetworkWorkflows>;
  close(): Promise<void>;
}

/** Nothing is loaded, read or connected before it is asked for. */
export class LazyConnections implements Connections {
  readonly #options: ConnectionOptions;
  #config: Promise<KeptAliveKubeConfig> | null = null;
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

  async workflows(): Promise<NetworkWorkflows> {
    const { TemporalNetworkWorkflows } = await import('./temporal/network-workflows.ts');
    return new TemporalNetworkWorkflows(() => this.#client());
  }

  async close(): Promise<void> {
    const [config, temporal] = await Promise.allSettled([this.#config, this.#temporal]);
    if (config.status === 'fulfilled') await config.value?.close();
    if (temporal.status === 'fulfilled') await temporal.value?.connection.close();
    this.#config = null;
    this.#temporal = null;
  }

  #kubeconfig(): Promise<KeptAliveKubeConfig> {
    this.#config ??= import('./kubernetes/kubeconfig.ts').then(({ loadKubeconfig }) => loadKubeconfig(this.#options));
    return this.#config;
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
