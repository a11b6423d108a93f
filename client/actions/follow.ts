/** Looking at one network until something is so: a watch that is opened again after every cut. */
import type { BitcoinNetwork } from '../../workflows/facts.ts';
import { hasCode } from '../errors.ts';
import type { NetworkStore } from '../kubernetes/network-store.ts';
import type { NetworkId } from '../network-id.ts';

/** Shortest pause between two looks, in milliseconds, so that a watch that ends at once does no harm. */
const PAUSE_MS = 300;

/**
 * Hands every state of the network (null: there is none) to `isDone` until it says true, and returns that state; `'timed-out'`
 * when `signal` is aborted first. An unreachable API server is waited for, unless it never answered at all.
 */
export async function follow(
  store: NetworkStore,
  network: NetworkId,
  isDone: (seen: BitcoinNetwork | null) => boolean,
  signal: AbortSignal,
): Promise<BitcoinNetwork | null | 'timed-out'> {
  let reached = false;
  for (;;) {
    try {
      const seen = await store.look(network);
      reached = true;
      if (isDone(seen.network)) return seen.network;
      const change = await nextDone(store, network, seen.resourceVersion, isDone, signal);
      if (change) return change.seen;
    } catch (error) {
      const passing = reached && hasCode(error, 'UNREACHABLE', 'FAILED');
      if (!passing) throw error;
    }
    if (signal.aborted) return 'timed-out';
    await pause(PAUSE_MS, signal);
  }
}

/** The first change that is the awaited one; null when the watch ends before. */
async function nextDone(
  store: NetworkStore,
  network: NetworkId,
  resourceVersion: string,
  isDone: (seen: BitcoinNetwork | null) => boolean,
  signal: AbortSignal,
): Promise<{ seen: BitcoinNetwork | null } | null> {
  const found = new AbortController();
  let result: { seen: BitcoinNetwork | null } | null = null;
  await store.watch(
    network,
    resourceVersion,
    (seen) => {
      if (result || !isDone(seen)) return;
      result = { seen };
      found.abort();
    },
    AbortSignal.any([signal, found.signal]),
  );
  return result;
}

/** Returns after some milliseconds, or as soon as `signal` is aborted. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
  });
}
