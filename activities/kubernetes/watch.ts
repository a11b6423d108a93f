/** The watch over a cluster: follows networks and their children, and wakes the workflows of those that change. */
import { MANAGED_SELECTOR } from '../../workflows/names.ts';
import type { Cluster } from './cluster.ts';
import { failureOf } from './errors.ts';
import { follow } from './follow.ts';
import type { Logger } from './logger.ts';
import { NETWORKS, PODS, SERVICES, STATEFUL_SETS } from './objects.ts';
import type { Kind, Live } from './objects.ts';
import type { OwnWrites } from './own-writes.ts';
import { Throttle } from './throttle.ts';
import { TroubleLog } from './trouble-log.ts';
import type { ChildKind, Wake } from './watch-memory.ts';
import { CHILD_KINDS, WatchMemory } from './watch-memory.ts';
import { networkSight, podSight, serviceSight, statefulSetSight } from './watch-sight.ts';
import type { ChildSight } from './watch-sight.ts';

/** Least milliseconds between two wakes of one network: a network of 20 nodes starts with hundreds of changes. */
const WAKE_INTERVAL_MS = 250;

/** Milliseconds between two sweeps, which find what a lost wake or a lost start left behind. */
const SWEEP_MS = 180_000;

/** Milliseconds between two signs of life: a quarter of the shortest heartbeat timeout in use. */
const HEARTBEAT_MS = 2_000;

export interface WatchRequest {
  cluster: Cluster;
  /** Namespaces to watch; empty: all. */
  namespaces: readonly string[];
  /**
   * Look at this network. `live`: it exists, so that its workflow is to be started if there is none; otherwise only a workflow that
   * runs is to be told.
   */
  wake: (namespace: string, name: string, about: { live: boolean; why: string }) => void | Promise<void>;
  /** There is such a network: its workflow is to be started if there is none, and left alone if there is. */
  ensureStarted: (namespace: string, name: string) => void | Promise<void>;
  /** A sign of life, every two seconds. */
  heartbeat: () => void;
  ownWrites: OwnWrites;
  log: Logger;
  signal: AbortSignal;
  /** For tests; {@link SWEEP_MS} unless given. */
  sweepMs?: number;
}

/** Resolves when the signal is aborted; no fault of the API server and no mistake in a callback ends it before. */
export async function watchNetworks(request: WatchRequest): Promise<void> {
  const { cluster, namespaces, signal, heartbeat } = request;
  const watch = new Watch(request);
  const scopes = namespaces.length === 0 ? [null] : [...new Set(namespaces)];
  const beat = setInterval(() => {
    watch.guarded('Heartbeat failed', heartbeat);
  }, HEARTBEAT_MS);
  const sweep = setInterval(() => {
    watch.sweep({ thorough: false });
  }, request.sweepMs ?? SWEEP_MS);
  watch.awaitLists(scopes.length * (1 + CHILD_KINDS.length));
  try {
    await Promise.all(scopes.flatMap((scope) => watch.followAll(cluster, scope, signal)));
  } finally {
    clearInterval(beat);
    clearInterval(sweep);
    watch.stop();
  }
}

/** `live` stays as the last word on the resource itself had it; a child says nothing about that. */
const mergeWakes = (earlier: Wake, later: Wake): Wake => ({ ...later, live: later.live ?? earlier.live });

class Watch {
  readonly #request: WatchRequest;
  readonly #memory: WatchMemory;
  readonly #throttle: Throttle<Wake>;
  /** First lists that are still to come; what disagrees can be told only when all are there. */
  #missingLists = 0;
  readonly #listed = new Set<string>();
  readonly #troubles: TroubleLog;

  constructor(request: WatchRequest) {
    this.#request = request;
    this.#troubles = new TroubleLog(request.log);
    this.#memory = new WatchMemory(request.ownWrites);
    this.#throttle = new Throttle<Wake>({
      intervalMs: WAKE_INTERVAL_MS,
      merge: mergeWakes,
      fire: (_key, wake) => {
        this.#fire(wake);
      },
    });
  }

  awaitLists(count: number): void {
    this.#missingLists = count;
  }

  stop(): void {
    this.#throttle.stop();
  }

  followAll(cluster: Cluster, scope: string | null, signal: AbortSignal): Promise<void>[] {
    const child = <T extends Live>(kind: Kind<T>, name: ChildKind, sight: (object: T) => ChildSight): Promise<void> =>
      follow(cluster, {
        kind,
        namespace: scope ?? undefined,
        labelSelector: MANAGED_SELECTOR,
        keep: (object) => placed(object, sight(object)),
        onList: (listed) => {
          const first = !this.#listed.has(`${name} ${scope ?? ''}`);
          this.#wakeAll(this.#memory.childrenListed(name, scope, listed, first));
          this.#listIsIn(name, scope);
        },
        onChange: (change, seen) => {
          this.#wakeAll(
            change === 'deleted' ? this.#memory.childDeleted(name, seen) : this.#memory.childChanged(name, seen),
          );
        },
        onTrouble: (error) => {
          this.#troubles.note('Watch interrupted', name, error);
        },
        signal,
      });
    const networks = follow(cluster, {
      kind: NETWORKS,
      namespace: scope ?? undefined,
      keep: (object) => placed(object, networkSight(object)),
      onList: (listed) => {
        this.#wakeAll(this.#memory.networksListed(scope, listed));
        this.#listIsIn(NETWORKS.kind, scope);
      },
      onChange: (change, seen) => {
        const wake = change === 'deleted' ? this.#memory.networkDeleted(seen) : this.#memory.networkChanged(seen);
        this.#wakeAll(wake === null ? [] : [wake]);
      },
      onTrouble: (error) => {
        this.#troubles.note('Watch interrupted', NETWORKS.kind, error);
      },
      signal,
    });
    return [
      networks,
      child(SERVICES, 'Service', serviceSight),
      child(STATEFUL_SETS, 'StatefulSet', statefulSetSight),
      child(PODS, 'Pod', podSight),
    ];
  }

  /** Wakes what disagrees with its status, and reports every live network. Nothing until all first lists are there. */
  sweep({ thorough }: { thorough: boolean }): void {
    if (this.#missingLists > 0) return;
    this.#wakeAll(this.#memory.discontented({ thorough }));
    for (const { namespace, name } of this.#memory.liveNetworks()) {
      this.guarded('Workflow not started', () => this.#request.ensureStarted(namespace, name));
    }
  }

  /** Calls out; whatever goes wrong there is logged and ends there. */
  guarded(message: string, call: () => void | Promise<void>): void {
    const failed = (error: unknown): void => {
      this.#request.log.warn(message, { ...failureOf(error) });
    };
    try {
      void Promise.resolve(call()).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #listIsIn(kind: string, scope: string | null): void {
    const first = !this.#listed.has(`${kind} ${scope ?? ''}`);
    this.#listed.add(`${kind} ${scope ?? ''}`);
    if (first) this.#missingLists -= 1;
    this.#request.log.info('Watching', { kind, namespace: scope ?? 'all' });
    // A list that was made again may have hidden anything, so everything is compared again.
    this.sweep({ thorough: true });
  }

  #wakeAll(wakes: readonly Wake[]): void {
    for (const wake of wakes) this.#throttle.push(`${wake.namespace}/${wake.name}`, wake);
  }

  #fire({ namespace, name, live, why }: Wake): void {
    this.guarded('Network not woken', () => this.#request.wake(namespace, name, { live: live ?? false, why }));
  }
}

const placed = <S>({ metadata }: Live, sight: S): { namespace: string; name: string; sight: S } => ({
  namespace: metadata.namespace,
  name: metadata.name,
  sight,
});
