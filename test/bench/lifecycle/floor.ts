/**
 * What Kubernetes takes by itself: a StatefulSet of the same pods with its headless Service and the Secret that they mount, made, scaled
 * and healed by hand. It carries none of btcnet's labels, so nobody watches it but Kubernetes.
 */
import type { Cluster } from '../../../activities/kubernetes/cluster.ts';
import {
  create,
  type LiveSecret,
  type LiveStatefulSet,
  SECRETS,
  SERVICES,
  STATEFUL_SETS,
} from '../../../activities/kubernetes/objects.ts';
import { nodeSecretName, P2P_PORT, RPC_PORT, serviceName, statefulSetName } from '../../../workflows/names.ts';

export const floorLabels = (name: string): Record<string, string> => ({ 'bench-floor': name });

/** What btcnet made for a network, to be made again without it. */
export interface Pattern {
  statefulSet: LiveStatefulSet;
  nodeSecret: LiveSecret;
}

/** All three at once, as btcnet makes them. */
export async function createFloor(
  cluster: Cluster,
  { namespace, name, nodes }: { namespace: string; name: string; nodes: number },
  pattern: Pattern,
): Promise<void> {
  const labels = floorLabels(name);
  const service = {
    metadata: { namespace, name: serviceName(name), labels },
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: labels,
      ports: [RPC_PORT, P2P_PORT].map((port) => ({ name: `port-${port}`, protocol: 'TCP', port, targetPort: port })),
    },
  };
  const nodeSecret = { metadata: { namespace, name: nodeSecretName(name), labels }, data: pattern.nodeSecret.data };
  const { spec } = pattern.statefulSet;
  const template = renamed(spec?.template, pattern.nodeSecret.metadata.name, nodeSecretName(name));
  const statefulSet = {
    metadata: { namespace, name: statefulSetName(name), labels },
    spec: {
      ...spec,
      replicas: nodes,
      serviceName: serviceName(name),
      selector: { matchLabels: labels },
      template: { ...template, metadata: { labels } },
    },
  };
  await Promise.all([
    create(cluster, SECRETS, nodeSecret),
    create(cluster, SERVICES, service),
    create(cluster, STATEFUL_SETS, statefulSet),
  ]);
}

/** The same with another name wherever the one stands. */
const renamed = <T>(object: T, one: string, other: string): T =>
  JSON.parse(JSON.stringify(object ?? {}).replaceAll(JSON.stringify(one), JSON.stringify(other))) as T;
