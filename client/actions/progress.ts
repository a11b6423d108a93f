/** What a network's status says about how far it is, in one line. */
import type { BitcoinNetwork, Condition } from '../../workflows/facts.ts';

/** Called with one line for people whenever it changes. */
export type OnProgress = (line: string) => void;

/** The condition of this type, if it is about the present spec. */
export function currentCondition(network: BitcoinNetwork, type: string): Condition | null {
  const condition = network.status?.conditions?.find((one) => one.type === type);
  if (!condition || condition.observedGeneration < network.metadata.generation) return null;
  return condition;
}

/** The network is as declared: its status is about the present spec, every node runs it, and every condition is true. */
export function isConverged(network: BitcoinNetwork): boolean {
  return (
    isUpdated(network) &&
    ['Ready', 'Peered', 'Synced'].every((type) => currentCondition(network, type)?.status === 'True')
  );
}

/** A worker of an earlier version does not count. */
const isUpdated = ({ spec, status }: BitcoinNetwork): boolean => (status?.updatedNodes ?? spec.nodes) >= spec.nodes;

/** `3 of 5 nodes ready, 4 of 10 connections, height 101; Connecting: 4 of 10 connections are there.` */
export function progressLine(network: BitcoinNetwork | null): string {
  if (!network) return 'the resource is gone';
  const { status, spec } = network;
  const parts = [`${status?.readyNodes ?? 0} of ${spec.nodes} nodes ready`];
  if (status?.peers) parts.push(`${status.peers.actual} of ${status.peers.expected} connections`);
  if (status?.chain) parts.push(`height ${status.chain.height}`);
  if (!isUpdated(network)) parts.push(`${status?.updatedNodes ?? 0} of ${spec.nodes} up to date`);
  const missing = ['Ready', 'Peered', 'Synced']
    .map((type) => currentCondition(network, type))
    .find((condition) => condition?.status === 'False');
  return parts.join(', ') + (missing ? `; ${missing.reason}: ${missing.message}` : '');
}
