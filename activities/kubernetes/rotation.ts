/** How credentials change while nodes run: what the Secret of the nodes remembers, and what the template says of it. */
import { createHash } from 'node:crypto';
import { PASSWORD_KEY, USER_KEY } from '../../workflows/names.ts';
import type { PodFacts } from '../../workflows/facts.ts';
import { NODE_KEYS } from './manifests/node-files.ts';
import { VERSION_ANNOTATION } from './manifests/node-secret.ts';
import type { Credentials, Rotation, SourceCredentials } from './manifests/node-secret.ts';
import type { LivePod, LiveSecret, LiveStatefulSet } from './objects.ts';
import { valueOf } from './source-secret.ts';

/** Earlier credentials that are kept at most: of changes that follow each other faster than nodes can be replaced. */
const MAX_EARLIER = 5;

const same = (one: Credentials, other: Credentials): boolean =>
  one.user === other.user && one.password === other.password;

/** What the Secret of the nodes says now. */
export function rotationOf(node: LiveSecret): Rotation {
  return { version: node.metadata.annotations?.[VERSION_ANNOTATION] ?? null, earlier: earlierOf(node) };
}

/** What somebody broke counts as nothing. */
function earlierOf(node: LiveSecret): Credentials[] {
  try {
    const list: unknown = JSON.parse(valueOf(node, NODE_KEYS.earlier) ?? '[]');
    return Array.isArray(list) ? list.filter(areCredentials) : [];
  } catch {
    return [];
  }
}

const areCredentials = (value: unknown): value is Credentials =>
  typeof value === 'object' &&
  value !== null &&
  'user' in value &&
  'password' in value &&
  typeof value.user === 'string' &&
  typeof value.password === 'string';

export const holdsEarlier = (node: LiveSecret | null): boolean => node?.data?.[NODE_KEYS.earlier] !== undefined;

/**
 * What the Secret of the nodes should say once it holds these credentials.
 *
 * @param node as it is; null: there is none
 * @param issued the certificate authority (PEM), if it is a new one; null: the one in `node` stays
 * @param nodesRun whether containers run that may have been started from a Secret that is gone
 */
export function rotated(
  node: LiveSecret | null,
  source: SourceCredentials,
  { issued, nodesRun }: { issued: string | null; nodesRun: boolean },
): Rotation {
  const { version } = source;
  // A new authority makes a new version as well, although the named Secret is the same: nodes show the certificate they started with.
  const renewed = issued === null ? version : `${version}/${fingerprint(issued)}`;
  if (node === null) return { version: nodesRun ? renewed : null, earlier: [] };
  const [user, password] = [valueOf(node, USER_KEY), valueOf(node, PASSWORD_KEY)];
  const held = user === null || password === null ? [] : [{ user, password }];
  const before = rotationOf(node);
  if (issued === null && held.some((one) => same(one, source))) return before;
  const earlier = [...held, ...before.earlier].filter((one) => !same(one, source));
  const distinct = earlier.filter((one, index) => earlier.findIndex((other) => same(one, other)) === index);
  return { version: renewed, earlier: distinct.slice(0, MAX_EARLIER) };
}

/** 8 hex digits over a certificate, which is public. */
const fingerprint = (pem: string): string => createHash('sha256').update(pem).digest('hex').slice(0, 8);

/** The version of the template that a set has now; null: its controller has not seen it yet. */
export function revisionOf(set: LiveStatefulSet | null): string | null {
  const { observedGeneration = 0, updateRevision = null } = set?.status ?? {};
  return observedGeneration >= (set?.metadata.generation ?? 0) ? updateRevision : null;
}

/** Label with which a StatefulSet marks the version of its template that a pod was made from. */
const REVISION_LABEL = 'controller-revision-hash';

/** The version of the template that a pod was made from; null: it does not say. */
export const madeFrom = ({ metadata }: Pick<LivePod, 'metadata'>): string | null =>
  metadata.labels?.[REVISION_LABEL] ?? null;

/** @param revision version of the template that the set has now; null: not known, so that no pod counts as outdated */
export const isOutdated = (podRevision: string | null, revision: string | null): boolean =>
  revision !== null && podRevision !== revision;

/**
 * The version of the credentials that the template should carry: that of the Secret of the nodes, and what it has already while that
 * Secret is not as it should be, so that trouble with a Secret rolls nothing.
 */
export function templateVersion(
  node: LiveSecret | null,
  isRendered: boolean,
  set: LiveStatefulSet | null,
): string | null {
  const rendered = node !== null && isRendered ? rotationOf(node).version : null;
  return rendered ?? set?.spec?.template?.metadata?.annotations?.[VERSION_ANNOTATION] ?? null;
}

/**
 * Whether every pod runs with the present credentials.
 *
 * @param setIsOurs the set is as declared: its template says which credentials these are
 */
export const areAllUpdated = (set: LiveStatefulSet | null, setIsOurs: boolean, pods: readonly PodFacts[]): boolean =>
  setIsOurs && revisionOf(set) !== null && pods.every((pod) => !pod.outdated);
