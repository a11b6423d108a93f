/** One look at a network: the resource, its children and its pods, read side by side. */
import type { BitcoinNetwork, NetworkFacts, PodFacts } from '../../workflows/facts.ts';
import type { Failure } from '../../workflows/observation.ts';
import { nodeSecretName, selectorText, serviceName, statefulSetName } from '../../workflows/names.ts';
import { serviceState, statefulSetState } from './children.ts';
import type { Cluster } from './cluster.ts';
import { failureOf, isForbidden } from './errors.ts';
import { credentialsOf } from './manifests/container.ts';
import { getNetwork } from './network.ts';
import { accessOf, splitPods } from './node-source.ts';
import type { NodeSource } from './node-source.ts';
import { implementationOf } from './node-defaults.ts';
import type { NodeDefaults } from './node-defaults.ts';
import { nodeSecretState, sourceProblem } from './node-secret-state.ts';
import { get, list, PODS, SECRETS, SERVICES, STATEFUL_SETS } from './objects.ts';
import type { LivePod, LiveSecret, LiveService, LiveStatefulSet, Options } from './objects.ts';
import { controllerOf, isControlledBy } from './ownership.ts';
import { podFacts, podsRefused } from './pods.ts';
import { areAllUpdated, holdsEarlier, isOutdated, revisionOf, templateVersion } from './rotation.ts';

export interface Look {
  /** Without what the nodes say and what failed before: `peers` is null and `failures` empty. */
  facts: NetworkFacts;
  /** Whom to ask, and how; null: there is no such network, or no credentials yet. */
  nodes: NodeSource | null;
}

/** @param uid the network that is remembered from an earlier look; null: none */
export async function readFacts(
  cluster: Cluster,
  { namespace, name, uid }: { namespace: string; name: string; uid: string | null },
  defaults: NodeDefaults,
  options: Options = {},
): Promise<Look> {
  const [network, service, statefulSet, nodeSecret, listed] = await Promise.all([
    getNetwork(cluster, { namespace, name }, options),
    // What may not be read counts as missing: the step that needs it fails by the same refusal, and says so.
    permitted(get(cluster, SERVICES, namespace, serviceName(name), options)),
    permitted(get(cluster, STATEFUL_SETS, namespace, statefulSetName(name), options)),
    permitted(get(cluster, SECRETS, namespace, nodeSecretName(name), options)),
    permitted(listWithController(cluster, { namespace, name }, options)),
  ]);
  const owner = network?.metadata.uid ?? uid ?? '';
  const set = statefulSet.value !== null && isControlledBy(statefulSet.value, owner) ? statefulSet.value : null;
  const ours = (listed.value ?? [])
    .filter(({ controller }) => controller === set?.metadata.uid)
    .map(({ facts, pod }) => ({ ...facts, outdated: isOutdated(pod, revisionOf(set)) }));
  if (network === null) return { nodes: null, facts: noNetwork(ours, defaults) };
  const isShort = set !== null && ours.length < Math.min(network.spec.nodes, set.spec?.replicas ?? 0);
  const [source, refused] = await Promise.all([
    permitted(get(cluster, SECRETS, namespace, credentialsOf(network), options)),
    isShort ? podsRefused(cluster, { namespace, statefulSetUid: set.metadata.uid }, options) : null,
  ]);
  const children = {
    service: service.value,
    statefulSet: statefulSet.value,
    nodeSecret: nodeSecret.value,
    source: source.value,
  };
  const facts = factsOf(network, children, ours, defaults);
  return {
    facts: {
      ...facts,
      credentialsProblem: source.refusal ?? facts.credentialsProblem,
      podsRefused: listed.refusal ?? refused,
    },
    nodes: nodesOf(network, nodeSecret.value, ours, defaults),
  };
}

/** What a read brought; `refusal`: the worker lacks the right to it. */
interface Permitted<T> {
  value: T | null;
  refusal: Failure | null;
}

async function permitted<T>(read: Promise<T | null>): Promise<Permitted<T>> {
  try {
    return { value: await read, refusal: null };
  } catch (error) {
    if (!isForbidden(error)) throw error;
    const { reason, message } = failureOf(error);
    return { value: null, refusal: { reason, message } };
  }
}

interface LiveChildren {
  service: LiveService | null;
  statefulSet: LiveStatefulSet | null;
  nodeSecret: LiveSecret | null;
  source: LiveSecret | null;
}

/** Pure: what the objects mean for the network. */
export function factsOf(
  network: BitcoinNetwork,
  { service, statefulSet, nodeSecret, source }: LiveChildren,
  pods: PodFacts[],
  defaults: NodeDefaults,
): NetworkFacts {
  const rendered = nodeSecretState(network, nodeSecret, source, defaults);
  const version = templateVersion(nodeSecret, rendered === 'ours', statefulSet);
  const setState = statefulSetState(network, statefulSet, defaults, version);
  const forgets = holdsEarlier(nodeSecret) && areAllUpdated(statefulSet, setState === 'ours', pods);
  return {
    network,
    implementation: implementationOf(network.spec, defaults),
    credentials: rendered === 'ours' && forgets ? 'drifted' : rendered,
    credentialsProblem: sourceProblem(network, source, defaults),
    service: serviceState(network, service),
    statefulSet: setState,
    replicas: statefulSet?.spec?.replicas ?? null,
    // A template that somebody changed by hand is about to be put back: it makes no pod outdated.
    pods: setState === 'ours' ? pods : pods.map((pod) => ({ ...pod, outdated: false })),
    podsRefused: null,
    peers: null,
    tipMinedAt: null,
    failures: {},
  };
}

const noNetwork = (pods: PodFacts[], { implementation }: NodeDefaults): NetworkFacts => ({
  network: null,
  implementation,
  credentials: 'missing',
  credentialsProblem: null,
  service: 'missing',
  statefulSet: 'missing',
  replicas: null,
  pods,
  podsRefused: null,
  peers: null,
  tipMinedAt: null,
  failures: {},
});

function nodesOf(
  network: BitcoinNetwork,
  nodeSecret: LiveSecret | null,
  pods: PodFacts[],
  defaults: NodeDefaults,
): NodeSource | null {
  const implementation = implementationOf(network.spec, defaults);
  const access = accessOf(network.metadata, implementation, nodeSecret);
  return access === null ? null : { network, implementation, access, ...splitPods(network, pods) };
}

async function listWithController(
  cluster: Cluster,
  { namespace, name }: { namespace: string; name: string },
  { signal }: Options,
): Promise<ListedPod[]> {
  const keep = (pod: LivePod): ListedPod | null => {
    const facts = podFacts(name, pod);
    const controller = controllerOf(pod)?.uid;
    return facts === null || controller === undefined ? null : { facts, controller, pod: { metadata: pod.metadata } };
  };
  const { items } = await list(cluster, PODS, { namespace, labelSelector: selectorText(name), keep, signal });
  return items.filter((item) => item !== null).sort((one, other) => one.facts.ordinal - other.facts.ordinal);
}

/** A pod before it is known whose it is, and which template its set has. */
interface ListedPod {
  facts: PodFacts;
  controller: string;
  pod: Pick<LivePod, 'metadata'>;
}
