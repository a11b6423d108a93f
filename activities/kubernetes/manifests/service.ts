/** The headless Service that gives every node a name. */
import type { V1Service } from '@kubernetes/client-node';
import { networkLabels, P2P_PORT, RPC_PORT, selectorLabels, serviceName } from '../../../workflows/names.ts';
import { ownerReference } from '../ownership.ts';
import type { NetworkSource } from './network.ts';
import type { Plain } from './plain.ts';

/** Names for all nodes, ready or not: a node is dialled by name before it is Ready, and while it restarts. */
export function serviceManifest({ metadata }: NetworkSource): Plain<V1Service> {
  const { name, namespace } = metadata;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: serviceName(name),
      namespace,
      labels: networkLabels(name),
      ownerReferences: [ownerReference(metadata)],
    },
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: selectorLabels(name),
      ports: [
        { name: 'rpc', protocol: 'TCP', port: RPC_PORT, targetPort: RPC_PORT },
        { name: 'p2p', protocol: 'TCP', port: P2P_PORT, targetPort: P2P_PORT },
      ],
    },
  };
}
