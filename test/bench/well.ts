/** What the API server says when a network or a pod is well. Pure. */
import type { BitcoinNetwork, Condition } from '../../workflows/facts.ts';
import type { LivePod } from '../../activities/kubernetes/objects.ts';

/** Whether the status is that of the present spec, and says that so many nodes are ready and connected as they should be. */
export function isSettled(
  { metadata, spec, status = {} }: BitcoinNetwork,
  nodes: number,
  conditions: readonly Condition['type'][] = ['Ready', 'Peered'],
): boolean {
  const { expected = -1, actual = -2 } = status.peers ?? {};
  return (
    spec.nodes === nodes &&
    status.observedGeneration === metadata.generation &&
    status.readyNodes === nodes &&
    expected === actual &&
    conditions.every((type) => status.conditions?.some((one) => one.type === type && one.status === 'True') === true)
  );
}

/** Whether a pod is Ready, and not on its way out. */
export const isReady = ({ metadata, status }: LivePod): boolean =>
  metadata.deletionTimestamp === undefined &&
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
