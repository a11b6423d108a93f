/** What the watch has seen so far, and whom a change wakes. Pure: no clock, no cluster. */
import { serviceName, statefulSetName } from '../../workflows/names.ts';
import { keyOf } from './node-memory.ts';
import type { OwnWrites } from './own-writes.ts';
import type { ChildSight, NetworkSight } from './watch-sight.ts';

/** Somebody to wake. */
export interface Wake {
  namespace: string;
  name: string;
  /** True: the resource is there; false: it is on its way out or gone; null: a child changed, which says nothing of that. */
  live: boolean | null;
  /** For logs: what was seen. */
  why: string;
}

/** Kinds of children, as they stand in `why`. */
export const CHILD_KINDS = ['Service', 'StatefulSet', 'Pod'] as const;
export type ChildKind = (typeof CHILD_KINDS)[number];

interface Stored<S> {
  namespace: string;
  name: string;
  sight: S;
}

export class WatchMemory {
  readonly #networks = new Map<string, Stored<NetworkSight>>();
  readonly #children: Record<ChildKind, Map<string, Stored<ChildSight>>> = {
    Service: new Map(),
    StatefulSet: new Map(),
    Pod: new Map(),
  };
  readonly #ownWrites: Pick<OwnWrites, 'has'>;

  constructor(ownWrites: Pick<OwnWrites, 'has'>) {
    this.#ownWrites = ownWrites;
  }

  networkChanged(seen: Stored<NetworkSight>): Wake | null {
    const { namespace, name, sight } = seen;
    const before = this.#networks.get(keyOf(namespace, name))?.sight;
    this.#networks.set(keyOf(namespace, name), { namespace, name, sight });
    if (before?.mark === sight.mark) return null;
    const why =
      before === undefined ? 'network appeared' : sight.deleting ? 'network is being deleted' : 'network changed';
    return { namespace, name, live: !sight.deleting, why };
  }

  networkDeleted({ namespace, name }: Stored<NetworkSight>): Wake {
    this.#networks.delete(keyOf(namespace, name));
    return { namespace, name, live: false, why: 'network is gone' };
  }

  /** All networks of a namespace (null: of all namespaces): those that are gone by now are woken, the others by `discontented`. */
  networksListed(scope: string | null, listed: Stored<NetworkSight>[]): Wake[] {
    const present = new Set(listed.map(({ namespace, name }) => keyOf(namespace, name)));
    const gone = [...this.#networks.values()].filter(
      (stored) => inScope(scope, stored) && !present.has(keyOf(stored.namespace, stored.name)),
    );
    const wakes = gone.map((stored) => this.networkDeleted(stored));
    for (const seen of listed) {
      const known = this.#networks.has(keyOf(seen.namespace, seen.name));
      const wake = this.networkChanged(seen);
      // A network that was not known before is woken by `discontented` if there is reason to.
      if (wake !== null && known) wakes.push(wake);
    }
    return wakes;
  }

  childChanged(kind: ChildKind, seen: Stored<ChildSight>): Wake[] {
    const { namespace, name, sight } = seen;
    const before = this.#children[kind].get(keyOf(namespace, name))?.sight;
    // A label that somebody took away must not hide whose child it was.
    const network = sight.network ?? before?.network ?? null;
    // While its controller has not seen a changed set, the version of before is the last that is known.
    const revision = sight.revision ?? before?.revision ?? null;
    const isSame = network === sight.network && revision === sight.revision;
    this.#children[kind].set(keyOf(namespace, name), {
      namespace,
      name,
      sight: isSame ? sight : { ...sight, network, revision },
    });
    const isReplaced = before !== undefined && before.revision !== null && before.revision !== revision;
    if (!isReplaced && (before?.mark === sight.mark || this.#ownWrites.has(sight))) return [];
    // A label changed by hand may have moved the child: then its network of before is the one to put it back.
    const owners = new Set([before?.network ?? null, network]);
    const why = before === undefined ? `${kind} ${name} appeared` : `${kind} ${name} changed`;
    return [...owners].flatMap((owner) => (owner === null ? [] : [{ namespace, name: owner, live: null, why }]));
  }

  childDeleted(kind: ChildKind, { namespace, name, sight }: Stored<ChildSight>): Wake[] {
    const owner = this.#children[kind].get(keyOf(namespace, name))?.sight.network ?? sight.network;
    this.#children[kind].delete(keyOf(namespace, name));
    return owner === null ? [] : [{ namespace, name: owner, live: null, why: `${kind} ${name} is gone` }];
  }

  /** @param scope as for `networksListed`; @param first nothing was known before, so that nothing can have changed */
  childrenListed(kind: ChildKind, scope: string | null, listed: Stored<ChildSight>[], first: boolean): Wake[] {
    const present = new Set(listed.map(({ namespace, name }) => keyOf(namespace, name)));
    const gone = [...this.#children[kind].values()].filter(
      (stored) => inScope(scope, stored) && !present.has(keyOf(stored.namespace, stored.name)),
    );
    const wakes = [
      ...gone.flatMap((stored) => this.childDeleted(kind, stored)),
      ...listed.flatMap((seen) => this.childChanged(kind, seen)),
    ];
    return first ? [] : wakes;
  }

  /** Whether a network was seen and has not gone since. */
  knows(namespace: string, name: string): boolean {
    return this.#networks.has(keyOf(namespace, name));
  }

  /** Whether a network is there that is to be made and of which its workflow has not said anything yet. */
  isNew(namespace: string, name: string): boolean {
    const sight = this.#networks.get(keyOf(namespace, name))?.sight;
    return sight !== undefined && !sight.deleting && !sight.paused && !sight.reported;
  }

  /** Networks that exist and are not being deleted. */
  liveNetworks(): { namespace: string; name: string }[] {
    return [...this.#networks.values()]
      .filter(({ sight }) => !sight.deleting)
      .map(({ namespace, name }) => ({ namespace, name }));
  }

  /**
   * Networks whose status does not agree with what is there, so far as the watch can tell.
   *
   * @param thorough also those whose status says itself that something is missing: their workflows know it, if they run
   */
  discontented({ thorough }: { thorough: boolean }): Wake[] {
    const ready = this.#readyPods();
    return [...this.#networks.values()].flatMap((stored): Wake[] => {
      const { namespace, name, sight } = stored;
      const why = this.#disagreement(stored, ready) ?? (thorough && !sight.contented ? 'status is not settled' : null);
      return why === null || sight.paused ? [] : [{ namespace, name, live: !sight.deleting, why }];
    });
  }

  #disagreement({ namespace, name, sight }: Stored<NetworkSight>, ready: Map<string, number[]>): string | null {
    if (sight.deleting) return 'network is being deleted';
    if (!sight.observed) return 'status is out of date';
    // A workflow whose status says that something is wrong tries to make what is missing, at its own pace.
    if (sight.contented) {
      const set = this.#children.StatefulSet.get(keyOf(namespace, statefulSetName(name)));
      if (set?.sight.replicas !== sight.nodes) return 'StatefulSet is not as declared';
      if (!this.#children.Service.has(keyOf(namespace, serviceName(name)))) return 'Service is missing';
    }
    const ordinals = ready.get(keyOf(namespace, name)) ?? [];
    const count = ordinals.filter((ordinal) => ordinal < sight.nodes).length;
    return count === sight.readyNodes ? null : 'pods differ from the status';
  }

  #readyPods(): Map<string, number[]> {
    const ready = new Map<string, number[]>();
    for (const { namespace, sight } of this.#children.Pod.values()) {
      if (!sight.ready || sight.network === null) continue;
      const key = keyOf(namespace, sight.network);
      const ordinals = ready.get(key);
      if (ordinals === undefined) ready.set(key, [sight.ordinal]);
      else ordinals.push(sight.ordinal);
    }
    return ready;
  }
}

const inScope = (scope: string | null, { namespace }: { namespace: string }): boolean =>
  scope === null || scope === namespace;
