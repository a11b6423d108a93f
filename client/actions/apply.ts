/** Declaring a network: creating its resource, or changing what the caller has an opinion on. */
import { API_VERSION, KIND } from '../../workflows/names.ts';
import { BtcnetError, hasCode } from '../errors.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import {
  FIELD_MANAGER,
  type AppliedNetwork,
  type NetworkStore,
  type StoredNetwork,
} from '../kubernetes/network-store.ts';
import type { NetworkManifest } from '../manifest.ts';
import { printed } from '../network-id.ts';

export interface Applied {
  network: StoredNetwork;
  /** `unchanged`: the spec was so already. */
  outcome: 'created' | 'configured' | 'unchanged';
}

/** How often a change by somebody else in the same moment is answered by looking again. */
const ATTEMPTS = 5;

/**
 * Creates the network or brings its spec to what the manifest says, by server-side apply. `spec.nodes` of a network that exists is
 * set through the scale subresource instead, so that whoever declares the other fields keeps them. A field that another manager
 * owns is `REFUSED` unless `force` is set.
 */
export async function apply(store: NetworkStore, manifest: NetworkManifest, force: boolean): Promise<Applied> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const present = await readIfThere(store, manifest);
      return present ? await change(store, manifest, present, force) : await create(store, manifest);
    } catch (error) {
      const overtaken = error instanceof ApiError && error.status === 409 && error.conflicts.length === 0;
      if (!overtaken || attempt === ATTEMPTS) throw explained(error, manifest);
    }
  }
}

async function create(store: NetworkStore, manifest: NetworkManifest): Promise<Applied> {
  if (manifest.spec.nodes === undefined) {
    throw new BtcnetError(
      'REFUSED',
      `network ${printed(manifest)} does not exist yet: spec.nodes (--nodes) must say how many nodes`,
    );
  }
  return { network: await store.apply(body(manifest, { ...manifest.spec }), false), outcome: 'created' };
}

async function change(
  store: NetworkStore,
  manifest: NetworkManifest,
  present: StoredNetwork,
  force: boolean,
): Promise<Applied> {
  if (present.metadata.deletionTimestamp !== undefined) {
    throw new BtcnetError(
      'REFUSED',
      `network ${printed(manifest)} is being deleted: wait with btcnet wait --for=delete`,
    );
  }
  const { nodes, ...spec } = manifest.spec;
  const { uid, generation, resourceVersion } = present.metadata;
  // What this manager applied before and now leaves out would be removed, and nodes may not be missing. The version makes sure
  // that the number is still the one that was read.
  const applied = ownsNodes(present)
    ? body(manifest, { ...spec, nodes: present.spec.nodes }, resourceVersion)
    : body(manifest, spec);
  let network = await store.apply(applied, force);
  if (nodes !== undefined && nodes !== network.spec.nodes) {
    await store.scale(manifest, nodes, uid);
    network = await store.read(manifest);
  }
  return { network, outcome: network.metadata.generation === generation ? 'unchanged' : 'configured' };
}

function body(
  { namespace, name, labels, annotations }: NetworkManifest,
  spec: Record<string, unknown>,
  resourceVersion?: string,
): AppliedNetwork {
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: {
      namespace,
      name,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
    },
    spec,
  };
}

/** Whether this client is on record as having applied `spec.nodes`, which it is from creation until somebody scales. */
function ownsNodes({ metadata }: StoredNetwork): boolean {
  return (metadata.managedFields ?? []).some(({ manager, operation, subresource, fieldsV1 }) => {
    const spec = fieldsV1?.['f:spec'] as Record<string, unknown> | undefined;
    return manager === FIELD_MANAGER && operation === 'Apply' && !subresource && spec?.['f:nodes'] !== undefined;
  });
}

async function readIfThere(store: NetworkStore, manifest: NetworkManifest): Promise<StoredNetwork | null> {
  try {
    return await store.read(manifest);
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND') && !(error instanceof ApiError)) return null;
    throw error;
  }
}

function explained(error: unknown, manifest: NetworkManifest): unknown {
  if (!(error instanceof ApiError) || error.conflicts.length === 0) return error;
  const owners = error.conflicts.join('; ');
  return new BtcnetError(
    'REFUSED',
    `network ${printed(manifest)}: other tools own fields of it (${owners}); --force takes them over`,
    error,
  );
}
