/** What asking the nodes of networks takes, as it was last seen of networks and pods. Pure: no clock, no cluster. */
import type { BitcoinNetwork, PodFacts } from '../../workflows/facts.ts';
import { INSTANCE_LABEL, ordinalOf } from '../../workflows/names.ts';
import type { Live, LivePod } from './objects.ts';
import { controllerOf } from './ownership.ts';
import { podFacts } from './pods.ts';

/** A pod of a network, and the UID of whatever controls it. */
export interface OwnedPod {
  namespace: string;
  network: string;
  controller: string;
  facts: PodFacts;
}

/**
 * @param known facts of the pod, if somebody has them already
 * @returns null: no pod of a network
 */
export function ownedPod(pod: LivePod, known: PodFacts | null = null): OwnedPod | null {
  const { namespace, name, labels } = pod.metadata;
  const network = labels?.[INSTANCE_LABEL];
  const controller = controllerOf(pod)?.uid;
  const isNode = network !== undefined && ordinalOf(network, name) !== null;
  const facts = isNode ? (known ?? podFacts(network, pod)) : null;
  return network === undefined || controller === undefined || facts === null
    ? null
    : { namespace, network, controller, facts };
}

/** The network without what takes room: the list of its nodes, its labels and annotations. */
export function leanNetwork({ apiVersion, kind, metadata, spec, status }: BitcoinNetwork): BitcoinNetwork {
  const { namespace, name, uid, resourceVersion, generation, deletionTimestamp } = metadata;
  const { nodes, paused, implementation } = spec;
  const { observedGeneration, readyNodes, chain, conditions } = status ?? {};
  return {
    apiVersion,
    kind,
    metadata: { namespace, name, uid, resourceVersion, generation, ...present({ deletionTimestamp }) },
    spec: { nodes, ...present({ paused, implementation }) },
    status: present({ observedGeneration, readyNodes, chain, conditions }),
  };
}

/** The fields that are not undefined. */
const present = <T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };

export const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`;
const keyOfNetwork = ({ metadata }: Live): string => keyOf(metadata.namespace, metadata.name);
const keyOfPods = ({ namespace, network }: OwnedPod): string => keyOf(namespace, network);

export class NodeMemory {
  readonly #networks = new Map<string, BitcoinNetwork>();
  /** Pods by name, by network. */
  readonly #pods = new Map<string, Map<string, OwnedPod>>();

  /** @param key `<namespace>/<name>` */
  network(key: string): BitcoinNetwork | null {
    return this.#networks.get(key) ?? null;
  }

  pods(key: string): OwnedPod[] {
    return [...(this.#pods.get(key)?.values() ?? [])];
  }

  /** @param scope the namespace of the list; null: all namespaces */
  networksListed(scope: string | null, listed: readonly BitcoinNetwork[]): void {
    for (const [key, { metadata }] of this.#networks) {
      if (scope === null || metadata.namespace === scope) this.#networks.delete(key);
    }
    for (const network of listed) this.networkChanged(network);
  }

  networkChanged(network: BitcoinNetwork): void {
    this.#networks.set(keyOfNetwork(network), network);
  }

  networkDeleted(network: BitcoinNetwork): void {
    this.#networks.delete(keyOfNetwork(network));
  }

  podsListed(scope: string | null, listed: readonly OwnedPod[]): void {
    for (const key of this.#pods.keys()) {
      if (scope === null || key.startsWith(keyOf(scope, ''))) this.#pods.delete(key);
    }
    for (const pod of listed) this.podChanged(pod);
  }

  podChanged(pod: OwnedPod): void {
    const pods = this.#pods.get(keyOfPods(pod)) ?? new Map<string, OwnedPod>();
    this.#pods.set(keyOfPods(pod), pods.set(pod.facts.name, pod));
  }

  podDeleted(pod: OwnedPod): void {
    const pods = this.#pods.get(keyOfPods(pod));
    // A new pod of the name may be there by now.
    if (pods?.get(pod.facts.name)?.facts.uid !== pod.facts.uid) return;
    pods.delete(pod.facts.name);
    if (pods.size === 0) this.#pods.delete(keyOfPods(pod));
  }
}
