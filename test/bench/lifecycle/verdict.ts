/** When something is done, by what the API server shows. */
import { INSTANCE_LABEL } from '../../../workflows/names.ts';
import { isSettled } from '../well.ts';
import type { NamespaceView, PodSeen } from './namespace-view.ts';

export const networkLabel = (name: string): Record<string, string> => ({ [INSTANCE_LABEL]: name });

/** The pods, if they are so many and all Ready, and when the last of them was; pods on their way out are none. */
export function allReady(pods: readonly PodSeen[], nodes: number): { pods: readonly PodSeen[]; atMs: number } | null {
  const ready = pods.flatMap((pod) => (pod.readySinceMs === null ? [] : [{ pod, atMs: pod.readySinceMs }]));
  if (ready.length !== nodes) return null;
  return { pods: ready.map(({ pod }) => pod), atMs: Math.max(...ready.map(({ atMs }) => atMs)) };
}

export interface Settled {
  readyAtMs: number;
  /** When the status was seen to say that all are ready, peered and on one chain, at the addresses that the pods have now. */
  atMs: number;
  edges: number;
}

export function settled(view: NamespaceView, name: string, nodes: number): Settled | null {
  const seen = view.networks.get(name);
  const ready = allReady(view.podsOf(networkLabel(name)), nodes);
  if (seen === undefined || ready === null) return null;
  const { status = {} } = seen.object;
  const addresses = (status.nodes ?? []).filter((node) => node.ready).map(({ ip }) => ip);
  const present = ready.pods.map(({ object }) => object.status?.podIP ?? '');
  const isSo =
    isSettled(seen.object, nodes, ['Ready', 'Peered', 'Synced']) &&
    addresses.toSorted().join() === present.toSorted().join();
  return isSo
    ? { readyAtMs: ready.atMs, atMs: Math.max(seen.atMs, ready.atMs), edges: status.peers?.actual ?? 0 }
    : null;
}
