/** Networks as a table, with the columns that kubectl shows. */
import type { BitcoinNetwork } from '../../workflows/facts.ts';
import { printedAge } from '../duration.ts';
import { table } from './table.ts';

/** @param now milliseconds since the epoch */
export function networksTable(networks: readonly BitcoinNetwork[], withNamespace: boolean, now: number): string {
  const headings = ['NAME', 'NODES', 'READY', 'PEERED', 'HEIGHT', 'AGE'];
  const rows = networks.map((network) => {
    const { metadata, spec, status } = network;
    const row = [
      metadata.name,
      spec.nodes,
      status?.readyNodes,
      status?.conditions?.find(({ type }) => type === 'Peered')?.status,
      status?.chain?.height,
      ageOf(metadata.creationTimestamp, now),
    ];
    return withNamespace ? [metadata.namespace, ...row] : row;
  });
  return table(withNamespace ? ['NAMESPACE', ...headings] : headings, rows);
}

/** Age of something dated in ISO 8601; null when it has no date. */
export function ageOf(time: string | undefined, now: number): string | null {
  return time === undefined || time === '' ? null : printedAge(now - Date.parse(time));
}
