/** Waiting for pods to become ready, or to be no longer. */
import { wantedPods } from '../../workflows/conditions.ts';
import { selectorText } from '../../workflows/names.ts';
import type { PodFacts } from '../../workflows/facts.ts';
import type { NetworkRef } from '../../workflows/observation.ts';
import { createHash } from 'node:crypto';
import type { Cluster } from './cluster.ts';
import { follow, pause } from './follow.ts';
import { getNetwork } from './network.ts';
import { readPods } from './node-source.ts';
import { PODS } from './objects.ts';

/** Digest (16 hex digits) of the wanted ready pods: which, where, and since when their containers run. */
export function readinessDigest(pods: readonly PodFacts[], nodes: number): string {
  const lines = wantedPods(pods, nodes)
    .map(({ ordinal, ip, containerStart }) => JSON.stringify([ordinal, ip, containerStart]))
    .sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
}

/** Milliseconds between looks that are made although the watch showed nothing. */
const POLL_MS = 10_000;

/** Milliseconds for which changes are collected before a look: pods of a network start side by side. */
const GATHER_MS = 50;

/**
 * Waits until the set of ready wanted pods is another than the given one.
 *
 * @param readiness digest of {@link readinessDigest}
 * @returns `gone`: the resource of this UID does not exist any more; `timed-out`: nothing changed
 * @throws the signal's reason when it was aborted; ApiError when the API server cannot be asked at the beginning
 */
export async function awaitPodReadiness(
  cluster: Cluster,
  ref: NetworkRef,
  { readiness, timeoutMs, signal }: { readiness: string; timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<'changed' | 'timed-out' | 'gone'> {
  const end = new AbortController();
  const deadline = AbortSignal.timeout(timeoutMs);
  const over = AbortSignal.any([end.signal, deadline, ...(signal ? [signal] : [])]);
  const changes = new Changes();
  const watching = follow(cluster, {
    kind: PODS,
    namespace: ref.namespace,
    labelSelector: selectorText(ref.name),
    keep: () => null,
    onList: () => {
      changes.note();
    },
    onChange: () => {
      changes.note();
    },
    onTrouble: () => undefined,
    signal: over,
  });
  try {
    for (let first = true; ; first = false) {
      const found = await lookOnce(cluster, ref, readiness, signal, first);
      if (found !== null) return found;
      await Promise.race([changes.next(over), pause(POLL_MS, over)]);
      signal?.throwIfAborted();
      if (deadline.aborted) return 'timed-out';
      await pause(GATHER_MS, over);
    }
  } finally {
    end.abort();
    await watching;
  }
}

/** A fault in the middle of a wait is waited out; at the beginning it is reported. */
async function lookOnce(
  cluster: Cluster,
  ref: NetworkRef,
  readiness: string,
  signal: AbortSignal | undefined,
  first: boolean,
): Promise<'changed' | 'gone' | null> {
  try {
    const [network, pods] = await Promise.all([
      getNetwork(cluster, ref, { signal }),
      readPods(cluster, ref, { signal }),
    ]);
    if (network?.metadata.uid !== ref.uid || network.metadata.deletionTimestamp !== undefined) return 'gone';
    return readinessDigest(pods, network.spec.nodes) === readiness ? null : 'changed';
  } catch (error) {
    if (first || signal?.aborted === true) throw error;
    return null;
  }
}

/** Remembers that something happened until somebody asks. */
class Changes {
  #noted = false;
  #wake: (() => void) | null = null;

  note(): void {
    this.#noted = true;
    this.#wake?.();
  }

  /** Resolves at the next change, at once if there was one since the last time, and when the signal comes. */
  async next(signal: AbortSignal): Promise<void> {
    if (!this.#noted && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener(
          'abort',
          () => {
            resolve();
          },
          { once: true },
        );
      });
      this.#wake = null;
    }
    this.#noted = false;
  }
}
