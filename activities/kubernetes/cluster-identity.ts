/** Which cluster this is. */
import type { Cluster } from './cluster.ts';
import { ApiError, isForbidden, StepError } from './errors.ts';
import type { Live, Options } from './objects.ts';

/** The namespace whose UID stands for the cluster: it is there from the beginning and cannot be deleted. */
const SYSTEM_NAMESPACE = 'kube-system';

export interface IdentityOptions extends Options {
  /** Namespaces that the worker follows; null: all. One of them stands for the cluster where the worker may not read the system's. */
  scopes?: readonly (string | null)[];
}

/** @throws StepError `NotFound` when there is no such namespace: then it is no Kubernetes cluster */
export async function clusterIdentity(cluster: Cluster, options: IdentityOptions = {}): Promise<string> {
  for await (const uid of identities(cluster, options)) return uid;
  throw new StepError({ reason: 'NotFound', message: `The namespace ${SYSTEM_NAMESPACE} has no UID.` });
}

/**
 * @throws StepError `ForeignCluster` when this is not the cluster of that UID; it is not permanent, because a worker of the right
 *   cluster may take the next attempt
 */
export async function requireCluster(cluster: Cluster, uid: string, options: IdentityOptions = {}): Promise<void> {
  const found: string[] = [];
  for await (const own of identities(cluster, options)) {
    if (own === uid) return;
    found.push(own);
  }
  const message = `This worker is connected to the cluster ${found[0] ?? 'without a name'}, but this Temporal namespace serves the cluster ${uid}: use one namespace per cluster.`;
  throw new StepError({ reason: 'ForeignCluster', message }, { permanent: false });
}

/**
 * What the cluster is known by, the best first: the UID of the system's namespace, then those of the namespaces that the worker follows, as far as it may
 * read them. A worker that gets or loses the right to read the system's namespace so finds its cluster again.
 *
 * @throws ApiError when it may read none of them
 */
async function* identities(cluster: Cluster, { scopes = [], signal }: IdentityOptions): AsyncGenerator<string, void> {
  const followed = scopes.filter((scope) => scope !== null);
  let refusal: ApiError | null = null;
  let isKnown = false;
  for (const namespace of [SYSTEM_NAMESPACE, ...followed]) {
    try {
      const uid = await uidOf(cluster, namespace, signal);
      if (uid === undefined) continue;
      isKnown = true;
      yield uid;
    } catch (error) {
      if (!(error instanceof ApiError) || !isForbidden(error)) throw error;
      refusal = error;
    }
  }
  if (!isKnown && refusal !== null) throw refusal;
}

async function uidOf(cluster: Cluster, name: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  const subject = { verb: 'get', kind: 'Namespace', name };
  const path = `/api/v1/namespaces/${encodeURIComponent(name)}`;
  const found = (await cluster.call({ method: 'GET', path, subject, signal })) as Partial<Live>;
  return found.metadata?.uid;
}
