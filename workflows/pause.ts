/** The time between two passes: it ends with a message, with what is waited for, or when it is time to look again. */
import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import { waiting } from './activities.ts';
import { refOf, type Memory } from './memory.ts';
import type { Observation } from './observation.ts';
import { backoffMs } from './plan.ts';

/** Pauses while something has to be tried again: the API server cannot be asked, or does not do what it is asked. */
const RETRY_PAUSE = { minMs: 1_000, maxMs: 60_000 };

/** @param seen the last look; null: what was tried just now is to be tried again, after a pause that doubles up to a minute */
export async function pause(network: Memory, seen: Observation | null): Promise<void> {
  if (network.woken) return;
  if (seen === null) {
    network.retries += 1;
    const retryMs = backoffMs(network.retries - 1, RETRY_PAUSE, network.name);
    await condition(() => network.woken, retryMs, { summary: 'Try again' });
    return;
  }
  network.retries = 0;
  const timeoutMs = seen.lookAgainMs;
  const wait = waitFor(network, seen, timeoutMs);
  if (wait && (await firstOf(network, wait))) return;
  const summary = seen.settled ? 'All is well: look again later' : `Look again soon: ${seen.summary}`;
  await condition(() => network.woken, timeoutMs, { summary });
}

/** Returns whether the wait ended by itself or by a message; false: the activity failed, and only time is left to wait for. */
async function firstOf(network: Memory, wait: () => Promise<string>): Promise<boolean> {
  const scope = new CancellationScope();
  try {
    const ended = await scope.run(() => Promise.race([wait(), condition(() => network.woken)]));
    if (ended === 'changed') network.why ??= 'nodes changed';
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return false;
  } finally {
    scope.cancel();
  }
}

function waitFor(network: Memory, seen: Observation, timeoutMs: number): (() => Promise<string>) | null {
  if (seen.uid === null) return null;
  const ref = refOf(network, seen.uid);
  if (seen.waitFor === 'podReadiness') {
    const { awaitPodReadiness } = waiting(
      timeoutMs,
      `Wait for ${seen.words?.unready ?? 'nodes'}: ${seen.ready} of ${seen.nodes} are ready`,
    );
    return () => awaitPodReadiness({ network: ref, readiness: seen.readiness, timeoutMs });
  }
  const { peers } = network;
  if (seen.waitFor === 'peering' && peers !== null) {
    const { awaitPeering } = waiting(
      timeoutMs,
      `Wait for connections and blocks: ${peers.actualEdges} of ${peers.expectedEdges} connections, ${peers.atTip} of ${peers.wanted} nodes at height ${peers.height ?? '?'}`,
    );
    return () => awaitPeering({ network: ref, peers, timeoutMs });
  }
  return null;
}
