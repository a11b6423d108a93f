/** The activities, made of what the worker hands in. Each is a few lines: the work is done in the folders beside this file. */
import { CancelledFailure, Context } from '@temporalio/activity';
import type { Activities } from '../workflows/activities.ts';
import { reconnectLaggards, refreshTip } from './chain-care.ts';
import { awaitPeering, mine, syncPeers } from './peering.ts';
import type { Dependencies } from './dependencies.ts';
import { applicationFailure } from './failures.ts';
import { ensureService, ensureStatefulSet } from './kubernetes/children.ts';
import { ensureCredentials } from './kubernetes/credentials.ts';
import { recordEvent } from './kubernetes/events.ts';
import { createNetwork, scaleNetwork } from './kubernetes/network.ts';
import { awaitPodReadiness } from './kubernetes/readiness.ts';
import { removeNetwork } from './kubernetes/remove.ts';
import { updateStatus } from './kubernetes/status.ts';
import { observe } from './observe.ts';
import { rollNode } from './rolling.ts';
import { identifyCluster, watchCluster } from './watch-cluster.ts';
import { watchNodes } from './watch-nodes.ts';

/** Milliseconds between heartbeats: the shortest heartbeat timeout is three seconds. */
const HEARTBEAT_MS = 1_000;

/** Milliseconds that `removeNetwork` waits for garbage collection within one attempt. */
const REMOVE_WITHIN_MS = 10_000;

export function createActivities(dependencies: Dependencies): Activities {
  const { stopping } = dependencies;
  const waiting = (wait: (signal: AbortSignal) => Promise<string>): Promise<string> =>
    beating(async (signal) => {
      try {
        return await wait(AbortSignal.any([signal, stopping]));
      } catch (error) {
        if (stopping.aborted && !signal.aborted) return 'The worker stops: the next look is another one’s.';
        throw error;
      }
    });
  return {
    observe: (input) => run((signal) => observe(dependencies, input, signal)),
    createNetwork: (input) =>
      run(async (signal) => {
        const { network } = await createNetwork(dependencies, input, { signal });
        return { uid: network.metadata.uid };
      }),
    scaleNetwork: ({ network, nodes }) => run((signal) => scaleNetwork(dependencies, network, nodes, { signal })),
    ensureCredentials: (network) => run((signal) => ensureCredentials(dependencies, network, { signal })),
    ensureService: (network) => run((signal) => ensureService(dependencies, network, { signal })),
    ensureStatefulSet: (network) => run((signal) => ensureStatefulSet(dependencies, network, { signal })),
    updateStatus: ({ network, ...reported }) =>
      run((signal) => updateStatus(dependencies, network, reported, { signal })),
    recordEvent: ({ network, reason, message }) =>
      run((signal) => recordEvent(dependencies, network, { type: 'Warning', reason, message }, { signal })),
    rollNode: (network) => run((signal) => rollNode(dependencies, network, signal)),
    syncPeers: (network) => beating((signal) => syncPeers(dependencies, network, { signal })),
    refreshTip: (network) => beating((signal) => refreshTip(dependencies, network, { signal })),
    reconnectLaggards: (network) => beating((signal) => reconnectLaggards(dependencies, network, { signal })),
    mine: (input) => beating((signal) => mine(dependencies, input, { signal })),
    awaitPodReadiness: ({ network, readiness, timeoutMs }) =>
      waiting((signal) => awaitPodReadiness(dependencies, network, { readiness, timeoutMs, signal })),
    awaitPeering: (input) => waiting((signal) => awaitPeering(dependencies, input, { signal })),
    removeNetwork: (network) =>
      beating(async (signal) => {
        const { gone, removed } = await removeNetwork(dependencies, network, { signal, timeoutMs: REMOVE_WITHIN_MS });
        const pods = removed.nodes > 0 ? [`${removed.nodes} pods`] : [];
        return { gone, removed: [...removed.objects, ...pods] };
      }),
    identifyCluster: () => run((signal) => identifyCluster(dependencies, signal)),
    watchCluster: (input) => run((signal) => watchCluster(dependencies, input, signal)),
    watchNodes: (input) => beating((signal) => watchNodes(dependencies, input, signal)),
  };
}

/** Hands the step its cancellation signal, and turns whatever it throws into a failure that Temporal can judge and show. */
async function run<T>(step: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { cancellationSignal } = Context.current();
  try {
    return await step(cancellationSignal);
  } catch (error) {
    if (cancellationSignal.aborted) throw new CancelledFailure('The step was cancelled.');
    throw applicationFailure(error);
  }
}

/** The same, with signs of life: so its cancellation reaches it, and its worker's death is noticed. */
async function beating<T>(step: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => {
    context.heartbeat();
  }, HEARTBEAT_MS);
  context.heartbeat();
  try {
    return await run(step);
  } finally {
    clearInterval(timer);
  }
}
