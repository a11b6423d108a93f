/** Whom of a network to ask, and how: out of what is remembered, with as few questions to the API server as that takes. */
import type { BitcoinNetwork, PodFacts } from '../../workflows/facts.ts';
import { nodeSecretName, statefulSetName } from '../../workflows/names.ts';
import { membersDigest, type NetworkAccess } from '../bitcoin/endpoint.ts';
import type { Cluster } from './cluster.ts';
import { implementationOf, type NodeDefaults } from './node-defaults.ts';
import type { OwnedPod } from './node-memory.ts';
import { accessOf, splitPods, type NodeSource } from './node-source.ts';
import { get, SECRETS, STATEFUL_SETS, type Options } from './objects.ts';
import { isControlledBy } from './ownership.ts';

/** Milliseconds for which credentials that the nodes refuse are not read again. */
const REFUSED_PAUSE_MS = 30_000;

/** The nodes of one network, of one UID. */
export class AskableNodes {
  readonly #cluster: Cluster;
  readonly #defaults: NodeDefaults;
  /** By the UID of what controls pods: whether it is the network's own StatefulSet. */
  readonly #controllers = new Map<string, boolean>();
  #access: { value: NetworkAccess; members: string; readAtMs: number } | null = null;

  constructor(cluster: Cluster, defaults: NodeDefaults) {
    this.#cluster = cluster;
    this.#defaults = defaults;
  }

  /** @returns null: there are no nodes to ask, or no credentials yet */
  async read(
    network: BitcoinNetwork,
    pods: readonly OwnedPod[],
    nowMs: number,
    options: Options,
  ): Promise<(NodeSource & { pods: PodFacts[] }) | null> {
    const own = await this.#own(network, pods, options);
    const split = splitPods(network, own);
    if (split.members.length === 0) return null;
    const implementation = implementationOf(network.spec, this.#defaults);
    const members = membersDigest(split.members);
    if (this.#access?.members !== members) {
      const { namespace, name } = network.metadata;
      const secret = await get(this.#cluster, SECRETS, namespace, nodeSecretName(name), options);
      const value = accessOf(network.metadata, implementation, secret);
      this.#access = value && { value, members, readAtMs: nowMs };
    }
    return this.#access && { network, implementation, access: this.#access.value, pods: own, ...split };
  }

  /** The nodes did not take the credentials or show another certificate: they are read again. */
  refused(nowMs: number): void {
    if (this.#access && nowMs - this.#access.readAtMs >= REFUSED_PAUSE_MS) this.#access = null;
  }

  async #own({ metadata }: BitcoinNetwork, pods: readonly OwnedPod[], options: Options): Promise<PodFacts[]> {
    const controllers = new Set(pods.map(({ controller }) => controller));
    for (const known of this.#controllers.keys()) if (!controllers.has(known)) this.#controllers.delete(known);
    for (const controller of controllers) {
      if (this.#controllers.has(controller)) continue;
      const set = await get(this.#cluster, STATEFUL_SETS, metadata.namespace, statefulSetName(metadata.name), options);
      const own = set?.metadata.uid === controller && isControlledBy(set, metadata.uid);
      this.#controllers.set(controller, own);
    }
    return pods
      .filter(({ controller }) => this.#controllers.get(controller) === true)
      .map(({ facts }) => facts)
      .sort((one, other) => one.ordinal - other.ordinal);
  }
}
