/** How the nodes of a cluster are reached: as it was set, or as it is found out. */
import type { KubeConfig } from '@kubernetes/client-node';
import { AUTO_CONNECT_TIMEOUT_MS, AutoReach } from '../bitcoin/auto-reach.ts';
import type { Way } from '../bitcoin/auto-reach.ts';
import { DirectReach, TunnelReach } from '../bitcoin/reach.ts';
import type { Reach } from '../bitcoin/reach.ts';
import type { Cluster } from './cluster.ts';
import { PortForwards } from './port-forward.ts';
import type { Transport } from './transports.ts';

/** @param onWay told whenever `auto` has found out which way to go */
export function nodeReach(cluster: Cluster, setting: Transport, onWay?: (way: Way) => void): Reach {
  switch (setting) {
    case 'direct':
      return new DirectReach();
    case 'port-forward':
      return new TunnelReach(new PortForwards(cluster));
    case 'auto':
      // A pod of the cluster reaches the others, and their addresses lead to nobody else.
      if (isInside(cluster.config)) return new DirectReach();
      return new AutoReach({
        direct: new DirectReach(AUTO_CONNECT_TIMEOUT_MS),
        forward: new TunnelReach(new PortForwards(cluster)),
        now: Date.now,
        onWay,
      });
  }
}

/** Whether this process is a pod that uses its own service account, which the client library reads from a file. */
function isInside(config: KubeConfig): boolean {
  const provider: unknown = config.getCurrentUser()?.authProvider;
  return typeof provider === 'object' && provider !== null && 'name' in provider && provider.name === 'tokenFile';
}
