/** One list and one watch of a kind of objects, for everybody in this process who follows them. */
import type { Cluster } from './cluster.ts';
import { follow } from './follow.ts';
import type { Kind, Live } from './objects.ts';

/** What is kept of an object; `network`: the name of the network that it belongs to, null: none that is known. */
export interface Seen {
  namespace: string;
  name: string;
  uid: string;
  network: string | null;
  /** On its way out. */
  dying: boolean;
}

export interface Follower<S extends Seen> {
  /** All objects there are, at the beginning and whenever changes may have been missed; `scope`: their namespace, null: all. */
  onList: (scope: string | null, objects: S[]) => void;
  onChange: (change: 'changed' | 'deleted', object: S) => void;
  onTrouble: (error: unknown) => void;
}

export interface FeedRequest<T extends Live, S extends Seen> {
  kind: Kind<T>;
  /** null: all namespaces */
  scope: string | null;
  labelSelector?: string | undefined;
  keep: (object: T) => S;
  /** Something about this object is different; null: anything may be. Told after the followers. */
  onNews: (object: S | null) => void;
  /** Something that was expected has been seen. */
  onMet: () => void;
}

/** What a feed has to have seen before what it keeps of an object is true. */
type Expectation = { version: number } | { goneUid: string };

/**
 * Milliseconds for which a connection that was made again has to stand before what is kept counts as true: what was missed comes
 * first, and nothing says when all of it has come.
 */
const SETTLE_MS = 1_000;

const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`;

export class Feed<T extends Live, S extends Seen> {
  readonly #cluster: Cluster;
  readonly #request: FeedRequest<T, S>;
  readonly #kept = new Map<string, S>();
  /** The same objects by name, by the network that they belong to. */
  readonly #byNetwork = new Map<string, Map<string, S>>();
  readonly #followers = new Set<Follower<S>>();
  readonly #expected = new Map<string, Expectation>();
  #run: { stop: AbortController; done: Promise<void> } | null = null;
  #isListed = false;
  /** Everything up to this version of the kind has been seen; NaN: the server's versions are no numbers, so that nothing can be told. */
  #position = NaN;
  /** A list was made, and no connection has been cut since. */
  #isFresh = false;
  /** When what is kept counts as true, by `performance.now()`; null: not while there is no connection. */
  #trueFrom: number | null = null;

  constructor(cluster: Cluster, request: FeedRequest<T, S>) {
    this.#cluster = cluster;
    this.#request = request;
  }

  get scope(): string | null {
    return this.#request.scope;
  }

  /** Whether what is kept is what there is, but for what is on its way at this moment. */
  get isLive(): boolean {
    return this.#isListed && this.#trueFrom !== null && performance.now() >= this.#trueFrom && this.#position > 0;
  }

  covers(namespace: string): boolean {
    return this.scope === null || this.scope === namespace;
  }

  get(namespace: string, name: string): S | null {
    return this.#kept.get(keyOf(namespace, name)) ?? null;
  }

  ofNetwork(namespace: string, network: string): S[] {
    return [...(this.#byNetwork.get(keyOf(namespace, network))?.values() ?? [])];
  }

  /** The first follower begins it, the last one ends it; one that comes late is told at once what is kept. Returns what ends it for this one. */
  join(follower: Follower<S>): () => Promise<void> {
    this.#followers.add(follower);
    if (this.#run === null) this.#start();
    else if (this.#isListed)
      this.#tell(follower, (one) => {
        one.onList(this.scope, [...this.#kept.values()]);
      });
    return async () => {
      this.#followers.delete(follower);
      if (this.#followers.size === 0) await this.#end();
    };
  }

  /** The API server has shown this version of an object: nothing earlier is true of it any more. */
  expectVersion(namespace: string, name: string, resourceVersion: string): void {
    const version = Number(resourceVersion);
    if (this.#run === null || this.#position >= version) return;
    const before = this.#expected.get(keyOf(namespace, name));
    const isNewer = before === undefined || 'goneUid' in before || before.version < version;
    if (isNewer) this.#expected.set(keyOf(namespace, name), { version });
  }

  /** The API server has begun to delete the object of this UID. */
  expectGone(namespace: string, name: string, uid: string): void {
    const expectation = { goneUid: uid };
    const key = keyOf(namespace, name);
    if (this.#run !== null && !this.#isMet(key, expectation)) this.#expected.set(key, expectation);
  }

  /** Whether something that was expected has not been seen yet. */
  isBehind(concerns: (namespace: string, name: string) => boolean): boolean {
    return [...this.#expected.keys()].some((key) => {
      const [namespace = '', name = ''] = key.split('/');
      return concerns(namespace, name);
    });
  }

  #start(): void {
    const stop = new AbortController();
    const { kind, scope, labelSelector, keep } = this.#request;
    const now = (act: () => void): void => {
      if (!stop.signal.aborted) act();
    };
    const done = follow(this.#cluster, {
      kind,
      namespace: scope ?? undefined,
      labelSelector,
      keep,
      signal: stop.signal,
      onList: (objects) => {
        now(() => {
          this.#listed(objects);
        });
      },
      onChange: (change, object) => {
        now(() => {
          this.#changed(change, object);
        });
      },
      onTrouble: (error) => {
        now(() => {
          this.#tellAll((one) => {
            one.onTrouble(error);
          });
        });
      },
      onOpen: () => {
        now(() => {
          this.#trueFrom = performance.now() + (this.#isFresh ? 0 : SETTLE_MS);
        });
      },
      onCut: () => {
        now(() => {
          this.#cut();
        });
      },
      onProgress: (version) => {
        now(() => {
          this.#progressed(version);
        });
      },
    });
    this.#run = { stop, done };
  }

  async #end(): Promise<void> {
    const run = this.#run;
    this.#run = null;
    this.#isListed = false;
    this.#position = NaN;
    this.#cut();
    this.#kept.clear();
    this.#byNetwork.clear();
    this.#expected.clear();
    run?.stop.abort();
    await run?.done;
  }

  #cut(): void {
    this.#isFresh = false;
    this.#trueFrom = null;
  }

  #listed(objects: S[]): void {
    this.#kept.clear();
    this.#byNetwork.clear();
    for (const object of objects) this.#put(object);
    this.#isListed = true;
    this.#isFresh = true;
    this.#tellAll((one) => {
      one.onList(this.scope, objects);
    });
    this.#request.onNews(null);
  }

  #changed(change: 'changed' | 'deleted', object: S): void {
    this.#take(keyOf(object.namespace, object.name));
    if (change === 'changed') this.#put(object);
    this.#tellAll((one) => {
      one.onChange(change, object);
    });
    this.#request.onNews(object);
  }

  #progressed(version: string): void {
    this.#position = Number(version);
    if (this.#expected.size === 0) return;
    for (const [key, expectation] of this.#expected) if (this.#isMet(key, expectation)) this.#expected.delete(key);
    this.#request.onMet();
  }

  #isMet(key: string, expectation: Expectation): boolean {
    if ('version' in expectation) return this.#position >= expectation.version;
    const kept = this.#kept.get(key);
    return this.#isListed && (kept?.uid !== expectation.goneUid || kept.dying);
  }

  #put(object: S): void {
    const { namespace, name, network } = object;
    this.#kept.set(keyOf(namespace, name), object);
    if (network === null) return;
    const group = this.#byNetwork.get(keyOf(namespace, network)) ?? new Map<string, S>();
    this.#byNetwork.set(keyOf(namespace, network), group.set(name, object));
  }

  #take(key: string): void {
    const before = this.#kept.get(key);
    this.#kept.delete(key);
    if (before?.network == null) return;
    const groupKey = keyOf(before.namespace, before.network);
    const group = this.#byNetwork.get(groupKey);
    group?.delete(before.name);
    if (group?.size === 0) this.#byNetwork.delete(groupKey);
  }

  #tellAll(what: (follower: Follower<S>) => void): void {
    for (const follower of [...this.#followers]) this.#tell(follower, what);
  }

  /** A mistake of one follower is its own trouble: the others are told all the same. */
  #tell(follower: Follower<S>, what: (follower: Follower<S>) => void): void {
    try {
      what(follower);
    } catch (error) {
      try {
        follower.onTrouble(error);
      } catch {
        // Nobody is left to tell.
      }
    }
  }
}
