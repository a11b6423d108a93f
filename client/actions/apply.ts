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
import { unknownFields, type NetworkManifest } from '../manifest.ts';
import { printed } from '../network-id.ts';

export interface Applied {
  network: StoredNetwork;
  /** `unchanged`: the spec was so already. */
  outcome: 'created' | 'configured' | 'unchanged';
}

export interface ApplyOptions {
  /** Take over fields that other managers own. */
  force: boolean;
  /** Leave fields that the manifest does not mention as they are, instead of removing what this client once applied. */
  keep: boolean;
}

/** How often a change by somebody else in the same moment is answered by looking again. */
const ATTEMPTS = 5;

/**
 * Creates the network or brings its spec to what the manifest says, by server-side apply. `spec.nodes` of a network that exists is
 * set through the scale subresource instead, so that whoever declares the other fields keeps them. A field that another manager
 * owns is `REFUSED` unless `force` is set.
 */
export async function apply(store: NetworkStore, manifest: NetworkManifest, options: ApplyOptions): Promise<Applied> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const present = await readIfThere(store, manifest);
      return present ? await change(store, manifest, present, options) : await create(store, manifest);
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
  options: ApplyOptions,
): Promise<Applied> {
  if (present.metadata.deletionTimestamp !== undefined) {
    throw new BtcnetError(
      'REFUSED',
      `network ${printed(manifest)} is being deleted: wait with btcnet wait --for=delete`,
    );
  }
  const { uid, generation, resourceVersion } = present.metadata;
  const mine = ownFields(present);
  // What this manager applied before and now leaves out would be removed: nodes may not be, and with `keep` nothing may. The
  // version makes sure that what is repeated is still what was read.
  const repeated = picked(present.spec, options.keep ? mine.spec : mine.spec.filter((field) => field === 'nodes'));
  const { nodes, ...spec } = manifest.spec;
  const applied = body(
    { ...manifest, ...(options.keep ? keptTexts(present, mine, manifest) : {}) },
    { ...repeated, ...spec },
    Object.keys(repeated).length > 0 || options.keep ? resourceVersion : undefined,
  );
  let network = await store.apply(applied, options.force);
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

interface OwnFields {
  spec: string[];
  labels: string[];
  annotations: string[];
}

/** The fields that this client is on record as having applied, and nobody has changed since. */
function ownFields({ metadata }: StoredNetwork): OwnFields {
  const entry = (metadata.managedFields ?? []).find(
    ({ manager, operation, subresource }) => manager === FIELD_MANAGER && operation === 'Apply' && !subresource,
  );
  const under = (...path: string[]): string[] => {
    const found = path.reduce<unknown>(
      (part, key) => (part as Record<string, unknown> | undefined)?.[`f:${key}`],
      entry?.fieldsV1,
    );
    return Object.keys(found ?? {}).flatMap((key) => (key.startsWith('f:') ? [key.slice(2)] : []));
  };
  return { spec: under('spec'), labels: under('metadata', 'labels'), annotations: under('metadata', 'annotations') };
}

const picked = (from: object | undefined, keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(from ?? {}).filter(([key]) => keys.includes(key)));

function keptTexts(present: StoredNetwork, mine: OwnFields, manifest: NetworkManifest): Partial<NetworkManifest> {
  const { labels, annotations } = present.metadata;
  return {
    labels: { ...(picked(labels, mine.labels) as Record<string, string>), ...manifest.labels },
    annotations: { ...(picked(annotations, mine.annotations) as Record<string, string>), ...manifest.annotations },
  };
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
  if (!(error instanceof ApiError)) return error;
  const unknown = unknownFields(manifest.spec);
  // The API server answers an apply of a field that is not in the schema with an internal error.
  if (error.status === 500 && unknown.length > 0) {
    return new BtcnetError(
      'REFUSED',
      `network ${printed(manifest)}: the cluster does not know ${unknown.join(', ')}`,
      error,
    );
  }
  if (error.conflicts.length === 0) return error;
  const owners = error.conflicts.join('; ');
  return new BtcnetError(
    'REFUSED',
    `network ${printed(manifest)}: other tools own fields of it (${owners}); --force takes them over`,
    error,
  );
}
