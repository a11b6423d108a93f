/** Which cluster this is. */
import type { Cluster } from './cluster.ts';
import { StepError } from './errors.ts';
import type { Live, Options } from './objects.ts';

/** The namespace whose UID stands for the cluster: it is there from the beginning and cannot be deleted. */
const SYSTEM_NAMESPACE = 'kube-system';

/** @throws StepError `NotFound` when there is no such namespace: then it is no Kubernetes cluster */
export async function clusterIdentity(cluster: Cluster, { signal }: Options = {}): Promise<string> {
  const subject = { verb: 'get', kind: 'Namespace', name: SYSTEM_NAMESPACE };
  const found = (await cluster.call({
    method: 'GET',
    path: `/api/v1/namespaces/${SYSTEM_NAMESPACE}`,
    subject,
    signal,
  })) as Partial<Live>;
  const uid = found.metadata?.uid;
  if (uid === undefined)
    throw new StepError({ reason: 'NotFound', message: `The namespace ${SYSTEM_NAMESPACE} has no UID.` });
  return uid;
}

/**
 * @throws StepError `ForeignCluster` when this is not the cluster of that UID; it is not permanent, because a worker of the right
 *   cluster may take the next attempt
 */
export async function requireCluster(cluster: Cluster, uid: string, options: Options = {}): Promise<void> {
  const own = await clusterIdentity(cluster, options);
  if (own === uid) return;
  const message = `This worker is connected to the cluster ${own}, but this Temporal namespace serves the cluster ${uid}: use one namespace per cluster.`;
  throw new StepError({ reason: 'ForeignCluster', message }, { permanent: false });
}
