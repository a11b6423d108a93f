/** Runs what a look found due, stage by stage. A step that fails becomes a condition; the others go on. */
import { isCancellation, log } from '@temporalio/workflow';
import * as activity from './activities.ts';
import { failureOf } from './failures.ts';
import type { Memory } from './memory.ts';
import type { NetworkRef, Observation, Step } from './observation.ts';

export async function perform(network: Memory, ref: NetworkRef, seen: Observation): Promise<void> {
  for (const stage of seen.due) {
    await Promise.all(stage.map((step) => attempt(network, ref, step)));
  }
}

async function attempt(network: Memory, ref: NetworkRef, step: Step): Promise<void> {
  try {
    await run(network, ref, step);
    network.failures = Object.fromEntries(Object.entries(network.failures).filter(([name]) => name !== step));
  } catch (error) {
    if (isCancellation(error)) throw error;
    const failure = failureOf(error);
    network.failures = { ...network.failures, [step]: failure };
    log.warn('step failed', { network: ref.name, namespace: ref.namespace, step, ...failure });
  }
}

async function run(network: Memory, ref: NetworkRef, step: Step): Promise<void> {
  switch (step) {
    case 'ensureCredentials':
      await activity.ensureCredentials(ref);
      return;
    case 'ensureService':
      await activity.ensureService(ref);
      return;
    case 'ensureStatefulSet':
      await activity.ensureStatefulSet(ref);
      return;
    case 'syncPeers':
      network.peers = await activity.syncPeers(ref);
      return;
    case 'refreshTip':
      network.peers = await activity.refreshTip(ref);
      return;
    case 'reconnectLaggards':
      network.peers = await activity.reconnectLaggards(ref);
      return;
    case 'rollNode':
      await activity.rollNode(ref);
      return;
    case 'updateStatus':
      await activity.updateStatus({ network: ref, peers: network.peers, failures: network.failures });
      return;
  }
}
