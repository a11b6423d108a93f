/** What is still there of a network: its service, its stateful set, its pods. */
import { serviceName, selectorText, statefulSetName } from '../../workflows/names.ts';
import type { NetworkId } from '../network-id.ts';
import { ApiError } from './api-error.ts';
import type { KubernetesHttp } from './http.ts';

export interface Child {
  kind: 'Service' | 'StatefulSet' | 'Pod';
  name: string;
}

interface Owned {
  metadata: { name: string; uid: string; ownerReferences?: { uid: string; controller?: boolean }[] };
}

/** How many pods are looked at: enough to know that some are left. */
const PODS_LOOKED_AT = 100;

/**
 * The children that still exist of the network with this UID; null: of any network of that name. A pod is the network's unless
 * its stateful set is known to be another's, so that the pods of a stateful set that is gone count until they are gone too.
 */
export async function leftChildren(http: KubernetesHttp, network: NetworkId, uid: string | null): Promise<Child[]> {
  const namespace = encodeURIComponent(network.namespace);
  const ours = (child: Owned): boolean => uid === null || controllerOf(child) === uid;
  const [service, statefulSet, pods] = await Promise.all([
    readIfThere(http, `/api/v1/namespaces/${namespace}/services/${serviceName(network.name)}`),
    readIfThere(http, `/apis/apps/v1/namespaces/${namespace}/statefulsets/${statefulSetName(network.name)}`),
    http.request({
      method: 'GET',
      path: `/api/v1/namespaces/${namespace}/pods`,
      query: { labelSelector: selectorText(network.name), limit: String(PODS_LOOKED_AT) },
    }) as Promise<{ items: Owned[] }>,
  ]);
  const foreign = statefulSet && !ours(statefulSet) ? statefulSet.metadata.uid : null;
  const left: Child[] = [];
  if (service && ours(service)) left.push({ kind: 'Service', name: service.metadata.name });
  if (statefulSet && ours(statefulSet)) left.push({ kind: 'StatefulSet', name: statefulSet.metadata.name });
  for (const pod of pods.items) {
    if (foreign === null || controllerOf(pod) !== foreign) left.push({ kind: 'Pod', name: pod.metadata.name });
  }
  return left;
}

const controllerOf = (child: Owned): string | undefined =>
  child.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;

async function readIfThere(http: KubernetesHttp, path: string): Promise<Owned | null> {
  try {
    return (await http.request({ method: 'GET', path })) as Owned;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}
