/**
 * What this process sees of a cluster: networks and their children, each kind followed once, whoever needs it. Looks at a network
 * are made from it where that is as good as asking the API server.
 */
import type { BitcoinNetwork } from '../../workflows/facts.ts';
import {
  KIND,
  MANAGED_BY_LABEL,
  MANAGED_SELECTOR,
  MANAGER,
  networkOfPod,
  serviceName,
  statefulSetName,
} from '../../workflows/names.ts';
import type { ApiCall, Cluster } from './cluster.ts';
import { Feed, type Follower, type Seen } from './feed.ts';
import { NETWORKS, PODS, SERVICES, STATEFUL_SETS } from './objects.ts';
import type { Kind, Live, LivePod, LiveService, LiveStatefulSet, Options } from './objects.ts';
import type { ListedPod } from './pods.ts';
import { seenNetwork, seenPod, seenService, seenStatefulSet, wholeOf } from './seen.ts';
import type { SeenNetwork, SeenPod, SeenService, SeenStatefulSet } from './seen.ts';

/** Milliseconds that a look waits for the echo of what this process has written: it comes within some ten. */
const ECHO_WITHIN_MS = 200;

export interface Followers {
  networks: Follower<SeenNetwork>;
  services: Follower<SeenService>;
  statefulSets: Follower<SeenStatefulSet>;
  pods: Follower<SeenPod>;
}

export interface LookOptions extends Options {
  /** From which the look is made where it is live; left out: the API server is asked. */
  view?: ClusterView | undefined;
}

export interface FollowOptions {
  /**
   * Whatever is different from what was seen before wakes its network. Only then are looks made from what is kept: what a look did not
   * see yet brings on another one.
   */
  wakes?: boolean;
  signal: AbortSignal;
}

/** A network and its children as they were seen last; null: not seen, which does not mean that there is none. */
export interface Glimpse {
  network: BitcoinNetwork;
  service: LiveService | null;
  statefulSet: LiveStatefulSet | null;
  pods: ListedPod[];
}

interface Feeds {
  networks: Feed<BitcoinNetwork, SeenNetwork>[];
  services: Feed<LiveService, SeenService>[];
  statefulSets: Feed<LiveStatefulSet, SeenStatefulSet>[];
  pods: Feed<LivePod, SeenPod>[];
}

type Coverage = Pick<Feed<Live, Seen>, 'covers' | 'isLive'>;

/** What a feed is told of the process's own calls. */
type Noting = Pick<Feed<Live, Seen>, 'covers' | 'expectGone' | 'expectVersion'>;

export class ClusterView {
  /** The way to the API server by which this view learns what the process itself has read and written. */
  readonly cluster: Cluster;
  /** Namespaces that are followed; null: all. */
  readonly scopes: readonly (string | null)[];
  readonly #feeds: Feeds;
  readonly #waiting = new Set<() => void>();
  readonly #listeners = new Map<string, Set<() => void>>();
  #wakers = 0;

  /** @param namespaces namespaces to follow; empty: all */
  constructor(cluster: Cluster, namespaces: readonly string[] = []) {
    this.scopes = namespaces.length === 0 ? [null] : [...new Set(namespaces)];
    const feeds = <T extends Live, S extends Seen>(
      kind: Kind<T>,
      keep: (object: T) => S,
      labelSelector?: string,
    ): Feed<T, S>[] =>
      this.scopes.map(
        (scope) =>
          new Feed(cluster, {
            kind,
            scope,
            keep,
            labelSelector,
            onNews: (object) => {
              this.#news(object);
            },
            onMet: () => {
              for (const wake of this.#waiting) wake();
            },
          }),
      );
    this.#feeds = {
      networks: feeds(NETWORKS, seenNetwork),
      services: feeds(SERVICES, seenService, MANAGED_SELECTOR),
      statefulSets: feeds(STATEFUL_SETS, seenStatefulSet, MANAGED_SELECTOR),
      pods: feeds(PODS, seenPod, MANAGED_SELECTOR),
    };
    this.cluster = {
      config: cluster.config,
      close: () => cluster.close(),
      lines: (...given) => cluster.lines(...given),
      call: async (call) => {
        const answer = await cluster.call(call);
        this.#note(call, answer);
        return answer;
      },
    };
  }

  /** Resolves when the signal is aborted; no fault of the API server and no mistake of a follower ends it before. */
  async follow(followers: Partial<Followers>, { wakes = false, signal }: FollowOptions): Promise<void> {
    const { networks, services, statefulSets, pods } = followers;
    const leave = [
      ...(networks ? this.#feeds.networks.map((feed) => feed.join(networks)) : []),
      ...(services ? this.#feeds.services.map((feed) => feed.join(services)) : []),
      ...(statefulSets ? this.#feeds.statefulSets.map((feed) => feed.join(statefulSets)) : []),
      ...(pods ? this.#feeds.pods.map((feed) => feed.join(pods)) : []),
    ];
    this.#wakers += wakes ? 1 : 0;
    await aborted(signal);
    this.#wakers -= wakes ? 1 : 0;
    await Promise.all(leave.map((end) => end()));
  }

  /** Whether looks at a network of this namespace are made from what is kept: somebody follows everything, and wakes. */
  isLive(namespace: string): boolean {
    const { networks, services, statefulSets, pods } = this.#feeds;
    const all = [networks, services, statefulSets, pods].map((feeds) => liveFeed<Coverage>(feeds, namespace));
    return this.#wakers > 0 && all.every((feed) => feed !== null);
  }

  /**
   * A network and its children from memory. What this process has read or written itself is waited for, a moment.
   *
   * @param ref `uid`: only this network is meant; null: whichever has the name
   * @returns null: the API server has to be asked
   */
  async glimpse(
    { namespace, name, uid }: { namespace: string; name: string; uid: string | null },
    { signal }: Options = {},
  ): Promise<Glimpse | null> {
    if (!this.isLive(namespace)) return null;
    if (!(await this.#caughtUp(namespace, name, signal)) || !this.isLive(namespace)) return null;
    const { networks, services, statefulSets, pods } = this.#feeds;
    const network = liveFeed(networks, namespace)?.get(namespace, name) ?? null;
    // Its end is too grave a matter, and of two with one name the one that was not seen may be the later.
    if (network === null || (uid !== null && network.uid !== uid)) return null;
    const service = liveFeed(services, namespace)?.get(namespace, serviceName(name)) ?? null;
    const set = liveFeed(statefulSets, namespace)?.get(namespace, statefulSetName(name)) ?? null;
    const listed = liveFeed(pods, namespace)?.ofNetwork(namespace, name) ?? [];
    return {
      network: wholeOf(network),
      service: service && wholeOf(service),
      statefulSet: set && wholeOf(set),
      pods: listed
        .flatMap(({ facts, controller, madeFrom, madeAtMs }) =>
          facts === null || controller === null ? [] : [{ facts, controller, madeFrom, madeAtMs }],
        )
        .sort((one, other) => one.facts.ordinal - other.facts.ordinal),
    };
  }

  /** Calls back whenever something of a network may be different, as far as anybody follows it. Returns what ends that. */
  listen(namespace: string, network: string, callback: () => void): () => void {
    const key = `${namespace}/${network}`;
    const callbacks = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, callbacks.add(callback));
    return () => {
      callbacks.delete(callback);
      if (callbacks.size === 0) this.#listeners.delete(key);
    };
  }

  #news(object: Seen | null): void {
    const told =
      object === null
        ? [...this.#listeners.values()]
        : [this.#listeners.get(`${object.namespace}/${object.network ?? ''}`)];
    for (const callbacks of told) for (const callback of callbacks ?? []) callback();
  }

  async #caughtUp(namespace: string, name: string, signal: AbortSignal | undefined): Promise<boolean> {
    const isBehind = (): boolean => this.#isBehind(namespace, name);
    if (!isBehind()) return true;
    const late = AbortSignal.timeout(ECHO_WITHIN_MS);
    const over = signal === undefined ? late : AbortSignal.any([signal, late]);
    while (isBehind() && !over.aborted) {
      const stop = new AbortController();
      const wake = (): void => {
        stop.abort();
      };
      this.#waiting.add(wake);
      await aborted(AbortSignal.any([over, stop.signal]));
      this.#waiting.delete(wake);
    }
    signal?.throwIfAborted();
    return !isBehind();
  }

  #isBehind(namespace: string, name: string): boolean {
    const isOf = (ownName: (child: string) => boolean) => (where: string, child: string) =>
      where === namespace && ownName(child);
    const { networks, services, statefulSets, pods } = this.#feeds;
    return (
      networks.some((feed) => feed.isBehind(isOf((child) => child === name))) ||
      services.some((feed) => feed.isBehind(isOf((child) => child === serviceName(name)))) ||
      statefulSets.some((feed) => feed.isBehind(isOf((child) => child === statefulSetName(name)))) ||
      pods.some((feed) => feed.isBehind(isOf((child) => networkOfPod(child) === name)))
    );
  }

  /** Nothing earlier than what the API server has shown to this process is ever taken for true again. */
  #note({ method, subject, body }: ApiCall, answer: unknown): void {
    const [kind = ''] = subject.kind.split('/');
    const feeds = this.#feedsOf(kind).filter((feed) => feed.covers(subject.namespace ?? ''));
    const { metadata = {} } = (answer ?? {}) as { metadata?: Partial<Live['metadata']> };
    const { namespace = subject.namespace, name = subject.name, resourceVersion, labels } = metadata;
    if (feeds.length === 0 || namespace === undefined || name === undefined) return;
    if (method === 'DELETE') {
      const { preconditions } = (body ?? {}) as { preconditions?: { uid?: string } };
      for (const feed of feeds)
        if (preconditions?.uid !== undefined) feed.expectGone(namespace, name, preconditions.uid);
      return;
    }
    const isFollowed = kind === KIND || labels?.[MANAGED_BY_LABEL] === MANAGER;
    if (subject.verb === 'list' || resourceVersion === undefined || !isFollowed) return;
    for (const feed of feeds) feed.expectVersion(namespace, name, resourceVersion);
  }

  #feedsOf(kind: string): Noting[] {
    const { networks, services, statefulSets, pods } = this.#feeds;
    const all: Partial<Record<string, Noting[]>> = {
      [NETWORKS.kind]: networks,
      [SERVICES.kind]: services,
      [STATEFUL_SETS.kind]: statefulSets,
      [PODS.kind]: pods,
    };
    return all[kind] ?? [];
  }
}

/** The feed in which the objects of a namespace are, when it is live. */
const liveFeed = <F extends Coverage>(feeds: readonly F[], namespace: string): F | null =>
  feeds.find((feed) => feed.covers(namespace) && feed.isLive) ?? null;

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}
