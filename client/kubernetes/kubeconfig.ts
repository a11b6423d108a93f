/** The kubeconfig, with one kept-alive connection pool: client-node makes a new one for every call and never closes it. */
import { KubeConfig, type RequestContext } from '@kubernetes/client-node';
import type { Dispatcher } from 'undici';
import { BtcnetError } from '../errors.ts';

/** How long one pool is used, in milliseconds: certificates and proxies from the kubeconfig are read again after it. */
const POOL_LIFETIME_MS = 600_000;

export interface KubernetesOptions {
  /** Path of a kubeconfig; `KUBECONFIG`, `~/.kube/config` or the pod's service account when left out. */
  kubeconfig?: string | undefined;
  /** Context in it; its current one when left out. */
  context?: string | undefined;
}

export class KeptAliveKubeConfig extends KubeConfig {
  #pool: { dispatcher: Dispatcher; until: number } | null = null;

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    const fresh = context.getDispatcher();
    if (!fresh) return;
    if (!this.#pool || Date.now() > this.#pool.until) {
      void this.#pool?.dispatcher.close();
      this.#pool = { dispatcher: fresh, until: Date.now() + POOL_LIFETIME_MS };
    }
    context.setDispatcher(this.#pool.dispatcher);
  }

  /** Closes all connections, those in use too. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = null;
    await pool?.dispatcher.destroy();
  }
}

/** Reads the kubeconfig; nothing is connected yet. Throws `REFUSED` when it cannot be read or lacks the context. */
export function loadKubeconfig(options: KubernetesOptions): KeptAliveKubeConfig {
  const config = new KeptAliveKubeConfig();
  try {
    if (options.kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(options.kubeconfig);
  } catch (error) {
    const source = options.kubeconfig ?? process.env['KUBECONFIG'] ?? 'the default kubeconfig';
    throw new BtcnetError('REFUSED', `cannot read the kubeconfig (${source}): ${(error as Error).message}`, error);
  }
  if (options.context !== undefined) {
    const known = config.getContexts().map(({ name }) => name);
    if (!known.includes(options.context)) {
      throw new BtcnetError(
        'REFUSED',
        `the kubeconfig has no context ${options.context}; it has: ${known.join(', ') || 'none'}`,
      );
    }
    config.setCurrentContext(options.context);
  }
  return config;
}

/** Namespace of the current context; `default` when it names none. */
export function defaultNamespace(config: KubeConfig): string {
  return config.getContextObject(config.getCurrentContext())?.namespace ?? 'default';
}
