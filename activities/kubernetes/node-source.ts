/** Which Bitcoin nodes there are to talk to, and how. */
import { wantedPods } from '../../workflows/conditions.ts';
import type { BitcoinNetwork, PodFacts } from '../../workflows/facts.ts';
import {
  nodeSecretName,
  PASSWORD_KEY,
  RPC_PORT,
  serviceName,
  statefulSetName,
  USER_KEY,
} from '../../workflows/names.ts';
import type { NetworkRef } from '../../workflows/observation.ts';
import type { Implementation } from '../../workflows/spec.ts';
import { NetworkAccess } from '../bitcoin/endpoint.ts';
import type { NodeEndpoint } from '../bitcoin/endpoint.ts';
import type { Cluster } from './cluster.ts';
import type { Glimpse, LookOptions } from './cluster-view.ts';
import { StepError } from './errors.ts';
import { NODE_KEYS } from './manifests/node-files.ts';
import { requireNetwork } from './network.ts';
import { implementationOf } from './node-defaults.ts';
import type { NodeDefaults } from './node-defaults.ts';
import { get, SECRETS, STATEFUL_SETS } from './objects.ts';
import type { LiveSecret, Options } from './objects.ts';
import { isControlledBy } from './ownership.ts';
import { listPods, podsOf } from './pods.ts';
import { rotationOf } from './rotation.ts';
import { valueOf } from './source-secret.ts';

export interface NodeSource {
  network: BitcoinNetwork;
  implementation: Implementation;
  /** Nodes that should be connected: declared, Ready, not terminating, with an address. */
  members: NodeEndpoint[];
  /** Addresses of pods of this network that are not, or no longer, among the members. */
  leavingAddresses: string[];
  access: NetworkAccess;
}

export interface NodesOptions extends LookOptions {
  /** The nodes are told to connect to each other's addresses. */
  dialled?: boolean;
}

/**
 * @throws StepError `NotFound` when the resource of this UID is gone, `SecretMissing` while there are no credentials
 */
export async function readNodes(
  cluster: Cluster,
  ref: NetworkRef,
  defaults: NodeDefaults,
  options: NodesOptions = {},
): Promise<NodeSource> {
  const glimpse = (await options.view?.glimpse(ref, options)) ?? null;
  const remembered = glimpse?.network.metadata.deletionTimestamp === undefined ? glimpse : null;
  const [live, secret] = await Promise.all([
    remembered === null ? readLive(cluster, ref, options) : null,
    get(cluster, SECRETS, ref.namespace, nodeSecretName(ref.name), options),
  ]);
  const found = live ?? fromMemory(ref, remembered) ?? (await readLive(cluster, ref, options));
  const access = accessOf(ref, implementationOf(found.network.spec, defaults), secret);
  if (access === null) {
    const message = `The Secret ${ref.namespace}/${nodeSecretName(ref.name)} with the nodes' credentials is not there yet.`;
    throw new StepError({ reason: 'SecretMissing', message }, { permanent: false });
  }
  // Whose node answers at an address is proven by its certificate. Without one, another network's with the same password would do.
  const isProven = live !== null || options.dialled !== true || access.ca !== null;
  const { network, pods } = isProven ? found : await readLive(cluster, ref, options);
  return { network, implementation: implementationOf(network.spec, defaults), access, ...splitPods(network, pods) };
}

interface NetworkAndPods {
  network: BitcoinNetwork;
  pods: PodFacts[];
}

async function readLive(cluster: Cluster, ref: NetworkRef, options: Options): Promise<NetworkAndPods> {
  const [network, pods] = await Promise.all([requireNetwork(cluster, ref, options), readPods(cluster, ref, options)]);
  return { network, pods };
}

/** @returns null: nothing is remembered, or not the network's own set */
function fromMemory({ uid }: NetworkRef, glimpse: Glimpse | null): NetworkAndPods | null {
  if (glimpse?.statefulSet == null || !isControlledBy(glimpse.statefulSet, uid)) return null;
  return { network: glimpse.network, pods: podsOf(glimpse.statefulSet, glimpse.pods) };
}

/** The pods of the network's own StatefulSet; none while there is no such set. */
export async function readPods(cluster: Cluster, ref: NetworkRef, options: Options = {}): Promise<PodFacts[]> {
  const set = await get(cluster, STATEFUL_SETS, ref.namespace, statefulSetName(ref.name), options);
  return set !== null && isControlledBy(set, ref.uid) ? listPods(cluster, ref, set, options) : [];
}

export function splitPods(
  network: BitcoinNetwork,
  pods: readonly PodFacts[],
): Pick<NodeSource, 'members' | 'leavingAddresses'> {
  const wanted = new Set(wantedPods(pods, network.spec.nodes));
  return {
    members: [...wanted].map((pod) => endpointOf(network, pod)),
    leavingAddresses: pods.filter((pod) => !wanted.has(pod)).flatMap(({ ip }) => ip ?? []),
  };
}

export const endpointOf = (
  { metadata }: BitcoinNetwork,
  { name, ordinal, ip, containerStart }: PodFacts,
): NodeEndpoint => ({
  ordinal,
  pod: name,
  address: ip ?? '',
  port: RPC_PORT,
  host: `${name}.${serviceName(metadata.name)}.${metadata.namespace}.svc`,
  startedAt: containerStart,
});

/** @returns null: the Secret is not there, not the network's own, or incomplete */
export function accessOf(
  ref: NetworkRef,
  implementation: Implementation,
  secret: LiveSecret | null,
): NetworkAccess | null {
  if (secret === null || !isControlledBy(secret, ref.uid)) return null;
  const [user, password, ca] = [USER_KEY, PASSWORD_KEY, NODE_KEYS.ca].map((key) => valueOf(secret, key));
  if (!user || !password || !ca) return null;
  return new NetworkAccess({
    networkUid: ref.uid,
    user,
    password,
    ca: implementation === 'btcd' ? ca : null,
    earlier: rotationOf(secret).earlier,
  });
}
