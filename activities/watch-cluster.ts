/** The long activity behind `watchCluster`: holds the watches for an hour and wakes the networks that change. */
import { Context } from '@temporalio/activity';
import type { Dependencies } from './dependencies.ts';
import { clusterIdentity, requireCluster } from './kubernetes/cluster-identity.ts';
import { watchNetworks } from './kubernetes/watch.ts';

/** Milliseconds after which the activity ends by itself, so that its workflow can continue as new. */
export const HOLD_MS = 3_600_000;

/** The UID of the namespace `kube-system`, or of one that is followed where that must not be read: it tells clusters apart. */
export const identifyCluster = ({ cluster, view }: Dependencies, signal?: AbortSignal): Promise<string> =>
  clusterIdentity(cluster, { scopes: view.scopes, signal });

/**
 * Returns after an hour.
 *
 * @throws StepError `ForeignCluster` when this worker's cluster is not the one that the workflow watches
 */
export async function watchCluster(
  dependencies: Dependencies,
  { cluster }: { cluster: string },
  signal: AbortSignal,
): Promise<string> {
  const context = Context.current();
  context.heartbeat();
  const { log, ownWrites, signals, stopping, view } = dependencies;
  await requireCluster(dependencies.cluster, cluster, { scopes: view.scopes, signal });
  await watchNetworks({
    view,
    ownWrites,
    log,
    wake: (namespace, name, about) => signals.wake(namespace, name, about),
    ensureStarted: (namespace, name) => signals.ensureStarted(namespace, name),
    running: () => signals.running(),
    heartbeat: () => {
      context.heartbeat();
    },
    signal: AbortSignal.any([signal, stopping, AbortSignal.timeout(HOLD_MS)]),
  });
  return stopping.aborted ? 'The worker stops; another one goes on.' : 'The watches were held for an hour.';
}
