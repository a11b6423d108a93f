/** The kubeconfig: where the cluster is, who asks it, and in which namespace. */
import type { KubeConfig } from '@kubernetes/client-node';
import { KeptAliveKubeConfig } from '../../activities/kubernetes/kept-alive-config.ts';
import { BtcnetError } from '../errors.ts';

export interface KubernetesOptions {
  /** Path of a kubeconfig; `KUBECONFIG`, `~/.kube/config` or the pod's service account when left out. */
  kubeconfig?: string | undefined;
  /** Context in it; its current one when left out. */
  context?: string | undefined;
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
