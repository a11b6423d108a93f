/**
 * What Kubernetes takes by itself: a StatefulSet of the same pods with its headless Service, made, scaled and healed by hand. It carries
 * none of btcnet's labels, so nobody watches it but Kubernetes.
 */
import type { Cluster } from '../../../activities/kubernetes/cluster.ts';
import { create, type LiveStatefulSet, SERVICES, STATEFUL_SETS } from '../../../activities/kubernetes/objects.ts';
import { P2P_PORT, RPC_PORT, serviceName, statefulSetName } from '../../../workflows/names.ts';

export const floorLabels = (name: string): Record<string, string> => ({ 'bench-floor': name });

/** @param pattern the StatefulSet that btcnet made for a network; the Secrets that its pods mount are there as long as that one is */
export async function createFloor(
  cluster: Cluster,
  { namespace, name, nodes }: { namespace: string; name: string; nodes: number },
  pattern: LiveStatefulSet,
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
  const statefulSet = {
    metadata: { namespace, name: statefulSetName(name), labels },
    spec: {
      ...pattern.spec,
      replicas: nodes,
      serviceName: serviceName(name),
      selector: { matchLabels: labels },
      template: { ...pattern.spec?.template, metadata: { labels } },
    },
  };
  await Promise.all([create(cluster, SERVICES, service), create(cluster, STATEFUL_SETS, statefulSet)]);
}
