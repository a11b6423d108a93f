/**
 * Follows a kind of objects for as long as wanted: list, watch, and after whatever cut, on from where it was.
 *
 * The client library's informers are not used: they stop at the first refused connection, drop lines that they cannot parse, ask
 * for no bookmarks, list without pages and keep whole objects (5,000 pods: 400 MB). This keeps nothing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import { ApiError, isExpired, statusBody } from './errors.ts';
import { list, pathOf } from './objects.ts';
import type { Kind, Live, Selection } from './objects.ts';

/** Seconds after which the server ends a watch by itself; up to half as much is added, so that not all end together. */
const WATCH_SECONDS = 240;

/** Milliseconds of silence after which a connection counts as dead: servers send a bookmark about once a minute. */
const INACTIVITY_MS = 75_000;

/** Milliseconds before the first and at most before any further attempt after a fault. */
const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 5_000;

export interface FollowRequest<T extends Live, K> extends Selection {
  kind: Kind<T>;
  /** What is kept of an object. */
  keep: (object: T) => K;
  /** All objects there are: at the beginning, and whenever the place in the stream of changes was lost. */
  onList: (objects: K[]) => void;
  onChange: (change: 'changed' | 'deleted', object: K) => void;
  /** The API server cannot be asked; it is tried again. */
  onTrouble: (error: unknown) => void;
  /** The server has accepted the watch: what happens from now on is told at once, after what was missed. */
  onOpen?: () => void;
  /** What happens is not told until the next `onOpen`. */
  onCut?: () => void;
  /** Everything up to this version has been told. */
  onProgress?: (version: string) => void;
  signal: AbortSignal;
}

/** Resolves when the signal is aborted, and never rejects; what a callback throws goes to `onTrouble`. */
export async function follow<T extends Live, K>(cluster: Cluster, request: FollowRequest<T, K>): Promise<void> {
  const { signal } = request;
  const position = { version: '' };
  for (let faults = 0; !signal.aborted;) {
    const before = position.version;
    try {
      if (position.version === '') await relist(cluster, request, position);
      await watchOn(cluster, request, position);
      faults = 0;
      // A server that ends every watch at once must not be asked without a pause; nothing is lost in it.
      if (position.version === before) await pause(RETRY_MIN_MS, signal);
    } catch (error) {
      if (isAborted(signal)) return;
      if (isExpired(error)) position.version = '';
      else
        attempt(request, () => {
          request.onTrouble(error);
        });
      // What was received since the last fault shows that the server answers again.
      faults = position.version === before ? faults + 1 : 1;
      await pause(Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (faults - 1)), signal);
    }
  }
}

const isAborted = (signal: AbortSignal): boolean => signal.aborted;

async function relist<T extends Live, K>(
  cluster: Cluster,
  request: FollowRequest<T, K>,
  position: { version: string },
): Promise<void> {
  const { items, resourceVersion } = await list(cluster, request.kind, request);
  attempt(request, () => {
    request.onList(items);
  });
  moveTo(request, position, resourceVersion);
}

function moveTo<T extends Live, K>(
  request: FollowRequest<T, K>,
  position: { version: string },
  version: string | undefined,
): void {
  if (version === undefined) return;
  position.version = version;
  attempt(request, () => request.onProgress?.(version));
}

interface WatchLine {
  type?: string;
  object?: { metadata?: { resourceVersion?: string }; code?: number; message?: string };
}

async function watchOn<T extends Live, K>(
  cluster: Cluster,
  request: FollowRequest<T, K>,
  position: { version: string },
): Promise<void> {
  const { kind, namespace, labelSelector, signal } = request;
  const subject = { verb: 'watch', kind: kind.kind, namespace };
  const lines = cluster.lines(
    {
      method: 'GET',
      path: pathOf(kind, namespace),
      query: {
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: position.version,
        timeoutSeconds: Math.round(WATCH_SECONDS * (1 + Math.random() / 2)),
        labelSelector,
      },
      subject,
      signal,
    },
    INACTIVITY_MS,
    () => {
      attempt(request, () => request.onOpen?.());
    },
  );
  try {
    for await (const line of lines) {
      const { type, object } = parsed(line, subject);
      if (type === 'ERROR' || object === undefined) {
        const body = statusBody(JSON.stringify(object ?? null));
        throw new ApiError(subject, { status: object?.code ?? 500, body });
      }
      if (type !== 'BOOKMARK') {
        const kept = request.keep(kind.as(object));
        attempt(request, () => {
          request.onChange(type === 'DELETED' ? 'deleted' : 'changed', kept);
        });
      }
      moveTo(request, position, object.metadata?.resourceVersion);
    }
  } finally {
    attempt(request, () => request.onCut?.());
  }
}

/** Half a line is left when a connection is cut: the watch starts again where it was. */
function parsed(line: string, subject: ApiError['subject']): WatchLine {
  try {
    return JSON.parse(line) as WatchLine;
  } catch (error) {
    throw new ApiError(subject, { status: null, fault: 'TRUNCATED' }, { cause: error });
  }
}

/** A mistake in a callback must not end the watch. */
function attempt<T extends Live, K>({ onTrouble }: FollowRequest<T, K>, callback: () => void): void {
  try {
    callback();
  } catch (error) {
    try {
      onTrouble(error);
    } catch {
      // Nobody is left to tell.
    }
  }
}

/** Waits, or not any longer when the signal comes. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    // Aborted: the caller looks at the signal.
  }
}
