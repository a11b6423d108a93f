/** What the API server shows of one namespace, as soon as it shows it. */
import type { BitcoinNetwork } from '../../../workflows/facts.ts';
import type { Cluster } from '../../../activities/kubernetes/cluster.ts';
import { follow } from '../../../activities/kubernetes/follow.ts';
import {
  type Kind,
  type Live,
  type LivePod,
  type LiveStatefulSet,
  NETWORKS,
  PODS,
  STATEFUL_SETS,
} from '../../../activities/kubernetes/objects.ts';
import { Changes } from '../changes.ts';
import { isReady } from '../well.ts';

/** An object, and when it became so: milliseconds since 1970, by this machine's clock. */
export interface Seen<T> {
  object: T;
  atMs: number;
}

export interface PodSeen extends Seen<LivePod> {
  /** When it was first seen. */
  madeAtMs: number;
  /** When it was first seen to be Ready; null: it is not, or it is on its way out. */
  readySinceMs: number | null;
}

export interface SetSeen extends Seen<LiveStatefulSet> {
  /** Since when it has been of this size. */
  sizedAtMs: number;
}

/** Milliseconds since 1970, with fractions: comparable with the server's times, and finer than `Date.now`. */
export const nowMs = (): number => performance.timeOrigin + performance.now();

export class NamespaceView {
  readonly networks = new Map<string, Seen<BitcoinNetwork>>();
  readonly statefulSets = new Map<string, SetSeen>();
  readonly pods = new Map<string, PodSeen>();
  readonly changes = new Changes();
  readonly #end = new AbortController();
  readonly #cluster: Cluster;
  readonly #namespace: string;

  constructor(cluster: Cluster, namespace: string) {
    this.#cluster = cluster;
    this.#namespace = namespace;
  }

  /** Resolves when all that is there has been seen. */
  async start(): Promise<void> {
    await Promise.all([
      this.#follow(NETWORKS, this.networks, seenOf),
      this.#follow(STATEFUL_SETS, this.statefulSets, setSeen),
      this.#follow(PODS, this.pods, podSeen),
    ]);
  }

  stop(): void {
    this.#end.abort();
  }

  /** Pods with these labels, in whatever state. */
  podsOf(labels: Readonly<Record<string, string>>): PodSeen[] {
    return [...this.pods.values()].filter(({ object: { metadata } }) => carries(metadata.labels, labels));
  }

  #follow<T extends Live, S extends Seen<T>>(
    kind: Kind<T>,
    into: Map<string, S>,
    keep: (object: T, before: S | undefined) => S,
  ): Promise<void> {
    return new Promise((resolve) => {
      const note = (object: T): void => {
        into.set(object.metadata.name, keep(object, into.get(object.metadata.name)));
      };
      void follow(this.#cluster, {
        kind,
        namespace: this.#namespace,
        keep: (object) => object,
        onList: (objects) => {
          into.clear();
          objects.forEach(note);
          this.changes.tell();
          resolve();
        },
        onChange: (change, object) => {
          if (change === 'deleted') into.delete(object.metadata.name);
          else note(object);
          this.changes.tell();
        },
        onTrouble: () => undefined,
        signal: this.#end.signal,
      });
    });
  }
}

const seenOf = <T>(object: T): Seen<T> => ({ object, atMs: nowMs() });

function setSeen(object: LiveStatefulSet, before: SetSeen | undefined): SetSeen {
  const seen = seenOf(object);
  const same = before?.object.spec?.replicas === object.spec?.replicas;
  return { ...seen, sizedAtMs: before !== undefined && same ? before.sizedAtMs : seen.atMs };
}

function podSeen(object: LivePod, before: PodSeen | undefined): PodSeen {
  const seen = seenOf(object);
  const same = before?.object.metadata.uid === object.metadata.uid ? before : null;
  const readySinceMs = isReady(object) ? (same?.readySinceMs ?? seen.atMs) : null;
  return { ...seen, madeAtMs: same?.madeAtMs ?? seen.atMs, readySinceMs };
}

const carries = (labels: Readonly<Record<string, string>> = {}, wanted: Readonly<Record<string, string>>): boolean =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value);
