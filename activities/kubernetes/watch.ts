/** The watch over a cluster: follows networks and their children, and wakes the workflows of those that change. */
import type { ClusterView } from './cluster-view.ts';
import { failureOf } from './errors.ts';
import type { Follower, Seen } from './feed.ts';
import { pause } from './follow.ts';
import { Lane } from './lane.ts';
import type { Logger } from './logger.ts';
import { NETWORKS } from './objects.ts';
import type { OwnWrites } from './own-writes.ts';
import { RollCall, type Named } from './roll-call.ts';
import type { SeenNetwork } from './seen.ts';
import { Throttle } from './throttle.ts';
import { TroubleLog } from './trouble-log.ts';
import type { ChildKind, Wake } from './watch-memory.ts';
import { CHILD_KINDS, WatchMemory } from './watch-memory.ts';
import type { ChildSight } from './watch-sight.ts';

/** Least milliseconds between two wakes of one network: a network of 20 nodes starts with hundreds of changes. */
const WAKE_INTERVAL_MS = 250;

/** Milliseconds between two sweeps, which find what a lost wake or a lost start left behind, and what happened while nobody watched. */
const SWEEP_MS = 180_000;

/** Milliseconds between two signs of life: a quarter of the shortest heartbeat timeout in use. */
const HEARTBEAT_MS = 2_000;

/** Wakes under way at once: a list that was made again can wake thousands. */
const MOST_WAKES = 20;

/** Starts under way at once, and the milliseconds after each before the next: a thousand take some five seconds. */
const MOST_STARTS = 20;
const REST_AFTER_START_MS = 100;

/**
 * New networks that are made at once: the others wait until one of these has said something in its status, or for so many milliseconds. A
 * thousand that begin together would each be slow, and steps that wait too long for their turn are given up and tried again.
 */
const MOST_NEW = 32;
const NEW_WITHIN_MS = 10_000;

export interface WatchRequest {
  view: ClusterView;
  /**
   * Look at this network. `live`: it exists, so that its workflow is to be started if there is none; otherwise only a workflow that
   * runs is to be told.
   */
  wake: (namespace: string, name: string, about: { live: boolean; why: string }) => void | Promise<void>;
  /** There is such a network: its workflow is to be started if there is none, and left alone if there is. */
  ensureStarted: (namespace: string, name: string) => void | Promise<void>;
  /** Networks that workflows follow; not necessarily to the last second. */
  running: () => Promise<readonly Named[]>;
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
  const { view, signal, heartbeat } = request;
  const watch = new Watch(request);
  const beat = setInterval(() => {
    watch.guarded('Heartbeat failed', heartbeat);
  }, HEARTBEAT_MS);
  const sweep = setInterval(() => {
    watch.sweep({ thorough: false });
  }, request.sweepMs ?? SWEEP_MS);
  try {
    const followers = {
      networks: watch.networks(),
      services: watch.children('Service'),
      statefulSets: watch.children('StatefulSet'),
      pods: watch.children('Pod'),
    };
    await view.follow(followers, { wakes: true, signal });
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
  readonly #wakes: Lane<Wake>;
  readonly #newcomers: Lane<Wake>;
  /** Newcomers whose turn it is, with what ends that. */
  readonly #arriving = new Map<string, AbortController>();
  readonly #starts: Lane<Named>;
  readonly #rollCall: RollCall;
  /** First lists that are still to come; what disagrees can be told only when all are there. */
  #missingLists: number;
  readonly #listed = new Set<string>();
  readonly #troubles: TroubleLog;

  constructor(request: WatchRequest) {
    const { wake, ensureStarted, running, view } = request;
    this.#request = request;
    this.#missingLists = view.scopes.length * (1 + CHILD_KINDS.length);
    this.#troubles = new TroubleLog(request.log);
    this.#memory = new WatchMemory(request.ownWrites);
    this.#wakes = new Lane<Wake>({
      most: MOST_WAKES,
      merge: mergeWakes,
      work: (_key, { namespace, name, live, why }) => wake(namespace, name, { live: live ?? false, why }),
      onError: (error) => {
        this.#warn('Network not woken', error);
      },
    });
    this.#newcomers = new Lane<Wake>({
      most: MOST_NEW,
      merge: mergeWakes,
      work: (key, value) => this.#admit(key, value),
      onError: (error) => {
        this.#warn('Network not woken', error);
      },
    });
    this.#starts = new Lane({
      most: MOST_STARTS,
      restMs: REST_AFTER_START_MS,
      merge: (_earlier, later) => later,
      work: (_key, { namespace, name }) => ensureStarted(namespace, name),
      onError: (error) => {
        this.#warn('Workflow not started', error);
      },
    });
    this.#rollCall = new RollCall({
      memory: this.#memory,
      running,
      covers: (namespace) => view.scopes.some((scope) => scope === null || scope === namespace),
      // Of each network one start waits at most: a sweep that comes before the last one is through adds nothing to it.
      start: (network) => {
        this.#starts.push(`${network.namespace}/${network.name}`, network);
      },
      tellGone: (network) => {
        this.#wakeAll([{ ...network, live: false, why: 'network is gone' }]);
      },
      onError: (error) => {
        this.#warn('Workflows not listed', error);
      },
    });
    this.#throttle = new Throttle<Wake>({
      intervalMs: WAKE_INTERVAL_MS,
      merge: mergeWakes,
      fire: (key, value) => {
        const isFirst = value.live === true && !this.#arriving.has(key) && this.#isNew(value);
        (isFirst ? this.#newcomers : this.#wakes).push(key, value);
      },
    });
  }

  stop(): void {
    this.#throttle.stop();
    this.#wakes.stop();
    this.#newcomers.stop();
    for (const arrived of this.#arriving.values()) arrived.abort();
    this.#starts.stop();
  }

  networks(): Follower<SeenNetwork> {
    return {
      onList: (scope, listed) => {
        this.#wakeAll(this.#memory.networksListed(scope, listed));
        for (const seen of listed) this.#networkChanged(seen);
        this.#listIsIn(NETWORKS.kind, scope);
      },
      onChange: (change, seen) => {
        const wake = change === 'deleted' ? this.#memory.networkDeleted(seen) : this.#memory.networkChanged(seen);
        this.#wakeAll(wake === null ? [] : [wake]);
        this.#networkChanged(seen);
      },
      onTrouble: (error) => {
        this.#troubles.note('Watch interrupted', NETWORKS.kind, error);
      },
    };
  }

  children(kind: ChildKind): Follower<Seen & { sight: ChildSight }> {
    return {
      onList: (scope, listed) => {
        const first = !this.#listed.has(`${kind} ${scope ?? ''}`);
        this.#wakeAll(this.#memory.childrenListed(kind, scope, listed, first));
        this.#listIsIn(kind, scope);
      },
      onChange: (change, seen) => {
        this.#wakeAll(
          change === 'deleted' ? this.#memory.childDeleted(kind, seen) : this.#memory.childChanged(kind, seen),
        );
      },
      onTrouble: (error) => {
        this.#troubles.note('Watch interrupted', kind, error);
      },
    };
  }

  /** Wakes what disagrees with its status, and whoever's network has gone; starts who does not run. Nothing until all first lists are there. */
  sweep({ thorough }: { thorough: boolean }): void {
    if (this.#missingLists > 0) return;
    this.#wakeAll(this.#memory.discontented({ thorough }));
    void this.#rollCall.call();
  }

  /** Calls out; whatever goes wrong there is logged and ends there. */
  guarded(message: string, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#warn(message, error);
    }
  }

  /** Wakes, and holds the place until the network has said something. */
  async #admit(key: string, { namespace, name, live, why }: Wake): Promise<void> {
    const arrived = new AbortController();
    this.#arriving.set(key, arrived);
    try {
      await this.#request.wake(namespace, name, { live: live ?? false, why });
      await pause(NEW_WITHIN_MS, arrived.signal);
    } finally {
      this.#arriving.delete(key);
    }
  }

  #networkChanged({ namespace, name }: { namespace: string; name: string }): void {
    if (!this.#isNew({ namespace, name })) this.#arriving.get(`${namespace}/${name}`)?.abort();
  }

  #isNew({ namespace, name }: { namespace: string; name: string }): boolean {
    return this.#memory.isNew(namespace, name);
  }

  #warn(message: string, error: unknown): void {
    this.#request.log.warn(message, { ...failureOf(error) });
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
}
