/** Runs what a look found due, stage by stage. A step that fails becomes a condition; the others go on. */
import { isCancellation, log } from '@temporalio/workflow';
import * as activity from './activities.ts';
import { enter, failed, worked } from './diary.ts';
import { failureOf } from './failures.ts';
import { goesOnFrom, type Memory } from './memory.ts';
import type { NetworkRef, Observation, PeersReport, Step } from './observation.ts';

export async function perform(network: Memory, ref: NetworkRef, seen: Observation): Promise<void> {
  for (const stage of seen.due) {
    await Promise.all(stage.map((step) => attempt(network, ref, step)));
  }
}

async function attempt(network: Memory, ref: NetworkRef, step: Step): Promise<void> {
  const what = network.seen?.words?.steps[step] ?? activity.STEP_SUMMARIES[step];
  const before = network.failures[step];
  try {
    const summary = step === 'updateStatus' ? reportOf(network) : what;
    const hasChanged = await run(network, ref, step, activity.stepsSaying(summary, network.nodes));
    network.failures = Object.fromEntries(Object.entries(network.failures).filter(([name]) => name !== step));
    if (before !== undefined || hasChanged)
      enter(network.diary, worked(step === 'syncPeers' ? connected(network) : what), now());
  } catch (error) {
    if (isCancellation(error)) throw error;
    const failure = failureOf(error);
    network.failures = { ...network.failures, [step]: failure };
    if (before?.message !== failure.message) enter(network.diary, failed(what, failure), now());
    log.warn('step failed', { network: ref.name, namespace: ref.namespace, step, ...failure });
  }
}

const now = (): string => new Date().toISOString();

const connected = ({ peers }: Memory): string =>
  `Connect the nodes: ${peers?.actualEdges ?? 0} of ${peers?.expectedEdges ?? 0} connections, height ${peers?.height ?? '?'}`;

/** What the status is about to say. */
function reportOf({ seen, peers, failures }: Memory): string {
  const [failure] = Object.values(failures);
  if (failure !== undefined) return `Report ${failure.reason}: ${failure.message}`;
  const counts = [`${seen?.ready ?? 0} of ${seen?.nodes ?? 0} nodes ready`];
  if (peers) {
    counts.push(`${peers.actualEdges} of ${peers.expectedEdges} connections`, `height ${peers.height ?? '?'}`);
  }
  return `Report ${counts.join(', ')}`;
}

function remember(network: Memory, peers: PeersReport | null): void {
  network.peers = peers;
  network.look = peers?.look ?? null;
}

/** @returns whether something changed that people want to read of */
async function run(
  network: Memory,
  ref: NetworkRef,
  step: Step,
  activities: Pick<activity.Activities, Step>,
): Promise<boolean> {
  switch (step) {
    case 'ensureCredentials':
    case 'ensureService':
    case 'ensureStatefulSet':
      return (await activities[step](ref)) !== 'unchanged';
    case 'syncPeers':
      remember(network, await activities.syncPeers({ ...ref, goesOnFrom: goesOnFrom(network) }));
      return true;
    case 'refreshTip':
    case 'reconnectLaggards':
      remember(network, await activities[step](ref));
      return true;
    case 'rollNode':
      await activities.rollNode(ref);
      return true;
    case 'updateStatus':
      await activities.updateStatus({ network: ref, peers: network.peers, failures: network.failures });
      return false;
  }
}
