/** Waiting until a network has a condition, or is gone. */
import type { BitcoinNetwork } from '../../workflows/facts.ts';
import { BtcnetError } from '../errors.ts';
import type { NetworkStore } from '../kubernetes/network-store.ts';
import { printed, type NetworkId } from '../network-id.ts';
import { follow, pause } from './follow.ts';
import { currentCondition, isConverged, progressLine, type OnProgress } from './progress.ts';

/** What is waited for: a condition in the standard shape, all three of them (`converged`), or that nothing is left. */
export type Awaited = { condition: string; status?: 'True' | 'False' | 'Unknown' } | 'converged' | 'deleted';

export interface WaitOptions {
  /** Milliseconds. */
  timeoutMs: number;
  onProgress?: OnProgress | undefined;
}

/** Pause between two looks at the children that are being removed, in milliseconds. */
const CHILDREN_PAUSE_MS = 300;

/**
 * Returns the network, or null once it is deleted. Throws `NOT_FOUND` when there is no such network to wait for, `TIMED_OUT` when
 * the time is over first.
 */
export async function wait(
  store: NetworkStore,
  network: NetworkId,
  awaited: Awaited,
  { timeoutMs, onProgress }: WaitOptions,
): Promise<BitcoinNetwork | null> {
  const signal = AbortSignal.timeout(timeoutMs);
  if (awaited === 'deleted') {
    const { network: present } = await store.look(network);
    await awaitGone(store, network, present?.metadata.uid ?? null, signal, onProgress);
    return null;
  }
  let last: BitcoinNetwork | null = null;
  const found = await follow(
    store,
    network,
    (seen) => {
      last = seen;
      if (seen === null || isAs(seen, awaited)) return true;
      onProgress?.(progressLine(seen));
      return false;
    },
    signal,
  );
  if (found === 'timed-out') {
    throw new BtcnetError(
      'TIMED_OUT',
      `timed out waiting until network ${printed(network)} is ${named(awaited)}: ${progressLine(last)}`,
    );
  }
  if (found === null) throw new BtcnetError('NOT_FOUND', `network ${printed(network)} does not exist`);
  return found;
}

/** Returns when neither the resource with this UID nor a child of it is left. Throws `TIMED_OUT` with what is. */
export async function awaitGone(
  store: NetworkStore,
  network: NetworkId,
  uid: string | null,
  signal: AbortSignal,
  onProgress?: OnProgress,
): Promise<void> {
  if (uid !== null) {
    onProgress?.('waiting for the resource to go');
    const gone = await follow(store, network, (seen) => seen?.metadata.uid !== uid, signal);
    if (gone === 'timed-out') throw stillThere(network, 'the resource itself');
  }
  for (;;) {
    const left = await store.children(network, uid);
    if (left.length === 0) return;
    const listed = left.slice(0, 3).map(({ kind, name }) => `${kind} ${name}`);
    const text = listed.join(', ') + (left.length > listed.length ? ` and ${left.length - listed.length} more` : '');
    onProgress?.(`waiting for ${text}`);
    if (signal.aborted) throw stillThere(network, text);
    await pause(CHILDREN_PAUSE_MS, signal);
  }
}

const stillThere = (network: NetworkId, left: string): BtcnetError =>
  new BtcnetError('TIMED_OUT', `timed out waiting until network ${printed(network)} is gone; still there: ${left}`);

function isAs(network: BitcoinNetwork, awaited: Exclude<Awaited, 'deleted'>): boolean {
  if (awaited === 'converged') return isConverged(network);
  return currentCondition(network, awaited.condition)?.status === (awaited.status ?? 'True');
}

function named(awaited: Exclude<Awaited, 'deleted'>): string {
  if (awaited === 'converged') return 'as declared';
  return awaited.status === undefined ? awaited.condition : `${awaited.condition}=${awaited.status}`;
}
