/** The kinds of objects that btcnet reads and writes, and the verbs for them. */
import { PatchStrategy } from '@kubernetes/client-node';
import { API_VERSION, KIND, MANAGER, PLURAL } from '../../workflows/names.ts';
import type { BitcoinNetwork } from '../../workflows/facts.ts';
import type { ApiCall, Cluster } from './cluster.ts';
import { isConflict, isNotFound } from './errors.ts';

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Metadata as the API server returns it, in plain JSON: times are text. */
export interface Metadata {
  name: string;
  namespace: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
}

/** Any object as the API server returns it; the lists leave `apiVersion` and `kind` out. */
export interface Live {
  metadata: Metadata;
}

export interface LiveService extends Live {
  spec?: { selector?: Record<string, string> };
}

export interface LiveStatefulSet extends Live {
  spec?: {
    replicas?: number;
    template?: { metadata?: { annotations?: Record<string, string> }; spec?: { containers?: { image?: string }[] } };
  };
  status?: { observedGeneration?: number; updateRevision?: string };
}

export interface LiveSecret extends Live {
  /** Values in base64. */
  data?: Record<string, string>;
}

export interface LivePod extends Live {
  spec?: { containers?: { image?: string }[] };
  status?: {
    podIP?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    containerStatuses?: {
      name: string;
      state?: { running?: { startedAt?: string }; waiting?: { reason?: string; message?: string } };
    }[];
  };
}

export interface LiveEvent extends Live {
  reason?: string;
  message?: string;
  /** ISO 8601, in whole seconds; null when the event was written with `eventTime`. */
  lastTimestamp?: string | null;
  eventTime?: string | null;
}

/** A kind of object, and the type that its objects have. */
export interface Kind<T extends Live> {
  apiVersion: string;
  kind: string;
  plural: string;
  /** The API server's word is taken for the shape. */
  as: (value: unknown) => T;
}

export const NETWORKS: Kind<BitcoinNetwork> = {
  apiVersion: API_VERSION,
  kind: KIND,
  plural: PLURAL,
  as: (value) => value as BitcoinNetwork,
};
export const SERVICES: Kind<LiveService> = {
  apiVersion: 'v1',
  kind: 'Service',
  plural: 'services',
  as: (value) => value as LiveService,
};
export const STATEFUL_SETS: Kind<LiveStatefulSet> = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  as: (value) => value as LiveStatefulSet,
};
export const SECRETS: Kind<LiveSecret> = {
  apiVersion: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  as: (value) => value as LiveSecret,
};
export const PODS: Kind<LivePod> = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', as: (value) => value as LivePod };
export const EVENTS: Kind<LiveEvent> = {
  apiVersion: 'v1',
  kind: 'Event',
  plural: 'events',
  as: (value) => value as LiveEvent,
};

export interface Options {
  signal?: AbortSignal | undefined;
}

/** The path of a kind's objects; of all namespaces when none is given. */
export function pathOf(kind: Kind<Live>, namespace?: string, name?: string, subresource?: string): string {
  const root = kind.apiVersion === 'v1' ? '/api/v1' : `/apis/${kind.apiVersion}`;
  const place = namespace === undefined ? [] : ['namespaces', encodeURIComponent(namespace)];
  const rest = [name, subresource].filter((part) => part !== undefined).map((part) => encodeURIComponent(part));
  return [root, ...place, kind.plural, ...rest].join('/');
}

/** @returns null: there is no such object */
export async function get<T extends Live>(
  cluster: Cluster,
  kind: Kind<T>,
  namespace: string,
  name: string,
  { signal, accept }: Options & Pick<ApiCall, 'accept'> = {},
): Promise<T | null> {
  const subject = { verb: 'get', kind: kind.kind, namespace, name };
  const path = pathOf(kind, namespace, name);
  try {
    return kind.as(
      await cluster.call({ method: 'GET', path, subject, signal, ...(accept === undefined ? {} : { accept }) }),
    );
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** Creates; fails with `AlreadyExists` when the name is taken, whoever took it. */
export async function create<T extends Live>(
  cluster: Cluster,
  kind: Kind<T>,
  object: { metadata?: { name?: string; namespace?: string } },
  { signal }: Options = {},
): Promise<T> {
  const { name, namespace } = object.metadata ?? {};
  return kind.as(
    await cluster.call({
      method: 'POST',
      path: pathOf(kind, namespace),
      query: { fieldManager: MANAGER },
      body: { apiVersion: kind.apiVersion, kind: kind.kind, ...object },
      subject: { verb: 'create', kind: kind.kind, namespace, name },
      signal,
    }),
  );
}

/** Server-side apply of an object that exists: the UID is a precondition, so another object of the name is left alone. */
export async function apply<T extends Live>(
  cluster: Cluster,
  kind: Kind<T>,
  object: { metadata?: object },
  live: Live,
  { signal }: Options = {},
): Promise<T> {
  const { name, namespace, uid } = live.metadata;
  return kind.as(
    await cluster.call({
      method: 'PATCH',
      path: pathOf(kind, namespace, name),
      query: { fieldManager: MANAGER, force: true },
      body: { apiVersion: kind.apiVersion, kind: kind.kind, ...object, metadata: { ...object.metadata, uid } },
      contentType: PatchStrategy.ServerSideApply,
      subject: { verb: 'patch', kind: kind.kind, namespace, name },
      signal,
    }),
  );
}

/**
 * Makes the declared fields so by a merge patch, which replaces lists as a whole: for what server-side apply cannot put back, because
 * elements that others added clash with the declared ones.
 */
export async function overwrite<T extends Live>(
  cluster: Cluster,
  kind: Kind<T>,
  object: { metadata?: object },
  live: Live,
  { signal }: Options = {},
): Promise<T> {
  const { name, namespace, uid, resourceVersion } = live.metadata;
  return kind.as(
    await cluster.call({
      method: 'PATCH',
      path: pathOf(kind, namespace, name),
      query: { fieldManager: MANAGER },
      body: { ...object, metadata: { ...object.metadata, uid, resourceVersion } },
      contentType: PatchStrategy.MergePatch,
      subject: { verb: 'patch', kind: kind.kind, namespace, name },
      signal,
    }),
  );
}

/** Merge patch of a subresource. */
export async function patch<T extends Live>(
  cluster: Cluster,
  kind: Kind<T>,
  { namespace, name, subresource }: { namespace: string; name: string; subresource: string },
  body: unknown,
  { signal }: Options = {},
): Promise<T> {
  return kind.as(
    await cluster.call({
      method: 'PATCH',
      path: pathOf(kind, namespace, name, subresource),
      query: { fieldManager: MANAGER },
      body,
      contentType: PatchStrategy.MergePatch,
      subject: { verb: 'patch', kind: `${kind.kind}/${subresource}`, namespace, name },
      signal,
    }),
  );
}

/**
 * Deletes the object of exactly this UID, not one that was made under its name since; what it controls follows by garbage collection.
 *
 * @returns false: it was gone already, or another one has the name
 */
export async function deleteExactly(
  cluster: Cluster,
  kind: Kind<Live>,
  { namespace, name, uid }: { namespace: string; name: string; uid: string },
  { signal }: Options = {},
): Promise<boolean> {
  try {
    await cluster.call({
      method: 'DELETE',
      path: pathOf(kind, namespace, name),
      body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid }, propagationPolicy: 'Background' },
      subject: { verb: 'delete', kind: kind.kind, namespace, name },
      signal,
    });
    return true;
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return false;
    throw error;
  }
}

/** Items of a page of a list: 5,000 pods in one answer are 39 MB of JSON and ten times that in memory. */
const PAGE_SIZE = 500;

/**
 * Lists in pages and keeps of each object only what `keep` returns.
 *
 * @param namespace left out: all namespaces
 */
export async function list<T extends Live, K>(
  cluster: Cluster,
  kind: Kind<T>,
  { namespace, labelSelector, fieldSelector, keep, signal }: Options & Selection & { keep: (object: T) => K },
): Promise<{ items: K[]; resourceVersion: string }> {
  const items: K[] = [];
  let position = '';
  for (;;) {
    const page = (await cluster.call({
      method: 'GET',
      path: pathOf(kind, namespace),
      query: { labelSelector, fieldSelector, limit: PAGE_SIZE, continue: position === '' ? undefined : position },
      subject: { verb: 'list', kind: kind.kind, namespace },
      signal,
    })) as { metadata?: { resourceVersion?: string; continue?: string }; items?: unknown[] };
    for (const item of page.items ?? []) items.push(keep(kind.as(item)));
    position = page.metadata?.continue ?? '';
    if (position === '') return { items, resourceVersion: page.metadata?.resourceVersion ?? '' };
  }
}

export interface Selection {
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
}
