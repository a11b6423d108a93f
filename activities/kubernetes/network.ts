/** The `BitcoinNetwork` itself: read, created, scaled and deleted. */
import { MAX_NODES } from '../../workflows/names.ts';
import type { BitcoinNetwork } from '../../workflows/facts.ts';
import type { NetworkRef } from '../../workflows/observation.ts';
import type { NetworkSpec } from '../../workflows/spec.ts';
import type { Cluster } from './cluster.ts';
import { isAlreadyExists, isConflict, StepError } from './errors.ts';
import { about } from './events.ts';
import { create, deleteExactly, get, NETWORKS, patch } from './objects.ts';
import type { Live, Options } from './objects.ts';
import type { Writer } from './writer.ts';

/** @returns null: there is no such resource */
export const getNetwork = (
  cluster: Cluster,
  { namespace, name }: { namespace: string; name: string },
  options: Options = {},
): Promise<BitcoinNetwork | null> => get(cluster, NETWORKS, namespace, name, options);

/** The API server then leaves out what can be a megabyte. */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/** Whether the resource still is in exactly this version. */
export async function isCurrent(
  cluster: Cluster,
  { metadata: { namespace, name, uid, resourceVersion } }: Live,
  options: Options = {},
): Promise<boolean> {
  const live = await get(cluster, NETWORKS, namespace, name, { ...options, accept: METADATA_ONLY });
  return live?.metadata.uid === uid && live.metadata.resourceVersion === resourceVersion;
}

/**
 * The resource of exactly this UID, alive.
 *
 * @throws StepError `NotFound` when it is gone, on its way out, or another one by now
 */
export async function requireNetwork(
  cluster: Cluster,
  network: NetworkRef,
  options: Options = {},
): Promise<BitcoinNetwork> {
  const live = await getNetwork(cluster, network, options);
  if (live?.metadata.uid !== network.uid || live.metadata.deletionTimestamp !== undefined) {
    throw new StepError({
      reason: 'NotFound',
      message: `The BitcoinNetwork ${network.namespace}/${network.name} is gone.`,
    });
  }
  return live;
}

/** Creates the resource; one that exists already wins, and is returned as it is. */
export async function createNetwork(
  { cluster, log, ownWrites }: Writer,
  { namespace, name, spec }: { namespace: string; name: string; spec: NetworkSpec },
  options: Options = {},
): Promise<{ network: BitcoinNetwork; created: boolean }> {
  try {
    const network = await create(cluster, NETWORKS, { metadata: { name, namespace }, ...{ spec } }, options);
    ownWrites.record(network);
    log.info('Network created', { ...about({ namespace, name, uid: network.metadata.uid }), nodes: spec.nodes });
    return { network, created: true };
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  const network = await getNetwork(cluster, { namespace, name }, options);
  if (network !== null) return { network, created: false };
  throw new StepError(
    { reason: 'Conflict', message: `The BitcoinNetwork ${namespace}/${name} was deleted just now.` },
    { permanent: false },
  );
}

/** Attempts against writers that change the resource in between. */
const SCALE_ATTEMPTS = 4;

/**
 * Declares a number of nodes through the `scale` subresource, so that field ownership of everything else stays as it is.
 *
 * @returns the generation that declares it
 * @throws StepError `NotFound` when the resource of this UID is gone
 */
export async function scaleNetwork(
  { cluster, log }: Writer,
  network: NetworkRef,
  nodes: number,
  options: Options = {},
): Promise<{ generation: number; changed: boolean }> {
  if (!Number.isInteger(nodes) || nodes < 0 || nodes > MAX_NODES) {
    throw new StepError({ reason: 'Invalid', message: `nodes must be an integer from 0 to ${MAX_NODES}` });
  }
  for (let attempt = 1; ; attempt += 1) {
    const live = await requireNetwork(cluster, network, options);
    if (live.spec.nodes === nodes) return { generation: live.metadata.generation, changed: false };
    try {
      await patchScale(cluster, live, nodes, options);
      log.info('Network scaled', { ...about(network), from: live.spec.nodes, to: nodes });
      return { generation: (await requireNetwork(cluster, network, options)).metadata.generation, changed: true };
    } catch (error) {
      if (!isConflict(error) || attempt >= SCALE_ATTEMPTS) throw error;
    }
  }
}

/** The answer is a `Scale`, whose version is the resource's. */
function patchScale(cluster: Cluster, { metadata }: BitcoinNetwork, nodes: number, options: Options): Promise<Live> {
  const { namespace, name, uid, resourceVersion } = metadata;
  const body = { metadata: { uid, resourceVersion }, spec: { replicas: nodes } };
  return patch(cluster, NETWORKS, { namespace, name, subresource: 'scale' }, body, options);
}

/**
 * Deletes the resource of exactly this UID; its children follow by garbage collection.
 *
 * @returns false: it was gone already, or another one has the name
 */
export const deleteNetwork = (cluster: Cluster, network: NetworkRef, options: Options = {}): Promise<boolean> =>
  deleteExactly(cluster, NETWORKS, network, options);
