/** Rights that are given, against requests that were made: what a rule is missing for, and what no request has needed. */
import { GROUP, PLURAL } from '../../workflows/names.ts';

/** A rule of a Role or ClusterRole. */
export interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

/** As much of an `Event` of `audit.k8s.io/v1` as tells who asked for what. */
export interface AuditEvent {
  stage: string;
  verb: string;
  requestURI: string;
  user: { username: string };
  userAgent?: string;
  objectRef?: { apiGroup?: string; resource?: string; subresource?: string; namespace?: string; name?: string };
  responseStatus?: { code?: number };
  annotations?: Record<string, string>;
  /** ISO 8601. */
  requestReceivedTimestamp: string;
}

export interface Comparison {
  /** Requests that no rule allows, or that were refused for want of a right. */
  missing: string[];
  /** Rights that no request has needed, are given twice, or are given on everything. */
  unused: string[];
}

/** What a request needs: `null` where the authorizer knows no name. */
interface Need {
  verb: string;
  group: string;
  /** With the subresource, as in a rule: `pods/portforward` */
  resource: string;
  name: string | null;
}

/** One verb on one resource, and on one name where the rule gives names. */
type Right = Need;

/** The name is in the body, so that no rule can tell one from another. */
const NAMELESS = new Set(['create', 'deletecollection']);
const EVERYTHING = '*';
/** How the authorizer's decision stands in an event: a quota's refusal is a 403 too, but of a request that was allowed. */
const DECISION = 'authorization.k8s.io/decision';
const FORBIDDEN = 403;

const FINALIZERS: Need = { verb: 'update', group: GROUP, resource: `${PLURAL}/finalizers`, name: null };
const OWNED = ['services', 'statefulsets', 'secrets'];

/** Rights that the API server asks for on the way, without a request of their own. */
const ASKED_ON_THE_WAY: readonly { when: (need: Need) => boolean; also: Need }[] = [
  {
    // A websocket is opened by GET; API servers want the right of the older way, a POST, as well.
    when: ({ verb, resource }) => verb === 'get' && resource === 'pods/portforward',
    also: { verb: 'create', group: '', resource: 'pods/portforward', name: null },
  },
  {
    // Of an owner whose deletion is held up, by the admission plugin OwnerReferencesPermissionEnforcement.
    when: ({ verb, resource }) => verb === 'create' && OWNED.includes(resource),
    also: FINALIZERS,
  },
];

export function compareRights(rules: readonly Rule[], events: readonly AuditEvent[]): Comparison {
  const rights = rules.flatMap(rightsOf);
  const used = new Set<Right>();
  const missing = new Set<string>();
  for (const event of events) {
    const isForbidden = isRefused(event);
    for (const need of isForbidden ? [requestOf(event)] : needsOf(event)) {
      const right = rights.find((one) => allows(one, need));
      if (right !== undefined && !isForbidden) used.add(right);
      else missing.add(described(rights.some((one) => isNamed(one, need)) ? need : { ...need, name: null }));
    }
  }
  const unused = rights.filter((right) => !used.has(right) || isUnbounded(right)).map(described);
  return { missing: [...missing].toSorted(), unused: [...new Set(unused)].toSorted() };
}

function rightsOf({ apiGroups, resources, resourceNames, verbs }: Rule): Right[] {
  const names = resourceNames === undefined || resourceNames.length === 0 ? [null] : resourceNames;
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) => verbs.flatMap((verb) => names.map((name) => ({ verb, group, resource, name })))),
  );
}

function requestOf({ verb, objectRef, requestURI }: AuditEvent): Need {
  if (objectRef?.resource === undefined) {
    return { verb, group: '', resource: requestURI.replace(/\?.*/, ''), name: null };
  }
  const { apiGroup = '', subresource, name } = objectRef;
  const resource = subresource === undefined ? objectRef.resource : `${objectRef.resource}/${subresource}`;
  return { verb, group: apiGroup, resource, name: NAMELESS.has(verb) ? null : (name ?? null) };
}

/** The request itself, and what is asked for on its way. */
function needsOf(event: AuditEvent): Need[] {
  const need = requestOf(event);
  return [need, ...ASKED_ON_THE_WAY.filter(({ when }) => when(need)).map(({ also }) => also)];
}

const covers = (given: string, wanted: string): boolean => given === EVERYTHING || given === wanted;

const allows = (right: Right, need: Need): boolean =>
  covers(right.verb, need.verb) &&
  covers(right.group, need.group) &&
  covers(right.resource, need.resource) &&
  (right.name === null || right.name === need.name);

/** Whether a rule tells objects of this kind apart. */
const isNamed = (right: Right, { verb, group, resource }: Need): boolean =>
  right.name !== null && right.verb === verb && right.group === group && right.resource === resource;

const isRefused = ({ responseStatus, annotations }: AuditEvent): boolean =>
  responseStatus?.code === FORBIDDEN && annotations?.[DECISION] !== 'allow';

const isUnbounded = ({ verb, group, resource }: Right): boolean => [verb, group, resource].includes(EVERYTHING);

/** `get secrets`, `patch statefulsets.apps`, `get namespaces kube-system`; names only where they are a rule's own. */
function described({ verb, group, resource, name }: Need): string {
  const [plain, ...sub] = resource.split('/');
  const qualified = group === '' ? resource : [`${plain ?? ''}.${group}`, ...sub].join('/');
  return [verb, qualified, ...(name === null ? [] : [name])].join(' ');
}
