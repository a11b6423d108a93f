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
