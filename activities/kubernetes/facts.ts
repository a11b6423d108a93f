/** One look at a network: the resource, its children and its pods, read side by side. */
import type { BitcoinNetwork, NetworkFacts, PodFacts } from '../../workflows/facts.ts';
import type { Failure } from '../../workflows/observation.ts';
import { nodeSecretName, serviceName, statefulSetName } from '../../workflows/names.ts';
import { serviceState, statefulSetState } from './children.ts';
import type { Cluster } from './cluster.ts';
import type { Glimpse, LookOptions } from './cluster-view.ts';
import { failureOf, isForbidden } from './errors.ts';
import { credentialsOf } from './manifests/container.ts';
import { getNetwork } from './network.ts';
import { accessOf, splitPods } from './node-source.ts';
import type { NodeSource } from './node-source.ts';
import { implementationOf } from './node-defaults.ts';
import type { NodeDefaults } from './node-defaults.ts';
import { nodeSecretState, sourceProblem } from './node-secret-state.ts';
import { get, SECRETS, SERVICES, STATEFUL_SETS } from './objects.ts';
import type { LiveSecret, LiveService, LiveStatefulSet, Options } from './objects.ts';
import { isControlledBy } from './ownership.ts';
import { lacksPods, listWithController, podsOf, podsRefused, type ListedPod } from './pods.ts';
import { areAllUpdated, holdsEarlier, templateVersion } from './rotation.ts';

export interface Look {
  /** Without what the nodes say and what failed before: `peers` is null and `failures` empty. */
  facts: NetworkFacts;
  /** Whom to ask, and how; null: there is no such network, or no credentials yet. */
  nodes: NodeSource | null;
  /** The resource, its children and its pods are from memory: whoever is about to do nothing asks first whether that is still so. */
  remembered: boolean;
}

/** @param uid the network that is remembered from an earlier look; null: none */
export async function readFacts(
  cluster: Cluster,
  { namespace, name, uid }: { namespace: string; name: string; uid: string | null },
  defaults: NodeDefaults,
  options: LookOptions = {},
): Promise<Look> {
  const glimpse = (await options.view?.glimpse({ namespace, name, uid }, options)) ?? null;
  const [{ network, service, statefulSet, listed }, nodeSecret] = await Promise.all([
    glimpse === null
      ? readObjects(cluster, { namespace, name }, options)
      : completed(cluster, { namespace, name }, glimpse, options),
    permitted(get(cluster, SECRETS, namespace, nodeSecretName(name), options)),
  ]);
  const remembered = glimpse !== null;
  const owner = network?.metadata.uid ?? uid ?? '';
  const set = statefulSet.value !== null && isControlledBy(statefulSet.value, owner) ? statefulSet.value : null;
  const ours = podsOf(set, listed.value ?? []);
  if (network === null) return { nodes: null, facts: noNetwork(ours, defaults), remembered };
  const wanted = Math.min(network.spec.nodes, set?.spec?.replicas ?? 0);
  const isShort = set !== null && lacksPods(set, listed.value ?? [], wanted, Date.now());
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
    remembered,
  };
}

interface Objects {
  network: BitcoinNetwork | null;
  service: Permitted<LiveService>;
  statefulSet: Permitted<LiveStatefulSet>;
  listed: Permitted<ListedPod[]>;
}

interface Place {
  namespace: string;
  name: string;
}

async function readObjects(cluster: Cluster, { namespace, name }: Place, options: Options): Promise<Objects> {
  const [network, service, statefulSet, listed] = await Promise.all([
    getNetwork(cluster, { namespace, name }, options),
    // What may not be read counts as missing: the step that needs it fails by the same refusal, and says so.
    permitted(get(cluster, SERVICES, namespace, serviceName(name), options)),
    permitted(get(cluster, STATEFUL_SETS, namespace, statefulSetName(name), options)),
    permitted(listWithController(cluster, { namespace, name }, options)),
  ]);
  return { network, service, statefulSet, listed };
}

/** Only what carries btcnet's label is followed: a child that was not seen may be there all the same, and be somebody else's. */
async function completed(
  cluster: Cluster,
  { namespace, name }: Place,
  { network, service, statefulSet, pods }: Glimpse,
  options: Options,
): Promise<Objects> {
  const [foundService, foundSet] = await Promise.all([
    service ? granted(service) : permitted(get(cluster, SERVICES, namespace, serviceName(name), options)),
    statefulSet
      ? granted(statefulSet)
      : permitted(get(cluster, STATEFUL_SETS, namespace, statefulSetName(name), options)),
  ]);
  return { network, service: foundService, statefulSet: foundSet, listed: granted(pods) };
}

/** What a read brought; `refusal`: the worker lacks the right to it. */
interface Permitted<T> {
  value: T | null;
  refusal: Failure | null;
}

const granted = <T>(value: T): Permitted<T> => ({ value, refusal: null });

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
