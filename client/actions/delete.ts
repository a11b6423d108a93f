/** Deleting a network: the resource goes, and by owner references everything that belongs to it. */
import { BtcnetError } from '../errors.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import type { NetworkStore } from '../kubernetes/network-store.ts';
import { printed, type NetworkId } from '../network-id.ts';
import type { OnProgress } from './progress.ts';
import { awaitGone } from './wait.ts';

export interface Deleted {
  namespace: string;
  name: string;
  uid: string;
  /** Nothing of it is left; false when nobody waited for that. */
  gone: boolean;
}

export interface DeleteOptions {
  /** Whether to wait until the resource, its service, its stateful set and its pods are gone. */
  wait: boolean;
  /** Milliseconds. */
  timeoutMs: number;
  onProgress?: OnProgress | undefined;
}

/**
 * Deletes exactly the network that is there now: one that is created under the same name in the same moment stays. Throws
 * `NOT_FOUND`, and `TIMED_OUT` with what is still there.
 */
export async function remove(store: NetworkStore, network: NetworkId, options: DeleteOptions): Promise<Deleted> {
  const signal = AbortSignal.timeout(options.timeoutMs);
  const { uid } = (await store.read(network)).metadata;
  try {
    await store.remove(network, uid);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
    throw new BtcnetError(
      'FAILED',
      `network ${printed(network)} was replaced by another one of that name, which was left alone`,
      error,
    );
  }
  if (options.wait) await awaitGone(store, network, uid, signal, options.onProgress);
  return { ...network, uid, gone: options.wait };
}
