/** One network, told on a page. */
import type { Described } from '../actions/describe.ts';
import { ageOf } from './networks.ts';
import { fields, table, type Cell } from './table.ts';

/** Rows that a page shows of a list; `-o json` has them all. */
const ROWS_SHOWN = 20;

/** @param now milliseconds since the epoch */
export function descriptionPage(described: Described, now: number): string {
  const { network, events, notes } = described;
  const sections = [
    overview(described, now),
    section('Conditions', ['TYPE', 'STATUS', 'REASON', 'SINCE', 'MESSAGE'], conditionRows(described, now)),
    section('Nodes', ['ORDINAL', 'READY', 'POD', 'ADDRESS', 'DNS'], nodeRows(described), 'first'),
    section(
      'Events',
      ['SEEN', 'TYPE', 'REASON', 'COUNT', 'MESSAGE'],
      events.map(({ time, type, reason, count, message }) => [ageOf(time, now), type, reason, count, message]),
      'last',
    ),
    notes.map((note) => `Note: ${note}\n`).join(''),
  ];
  if (network.metadata.deletionTimestamp !== undefined) sections.push('Note: this network is being deleted.\n');
  return sections.filter((text) => text !== '').join('\n');
}

function overview({ network, workflow, workflowId }: Described, now: number): string {
  const { metadata, spec, status } = network;
  const pairs: [string, Cell][] = [
    ['Name', metadata.name],
    ['Namespace', metadata.namespace],
    ['Age', ageOf(metadata.creationTimestamp, now)],
    ['Nodes', `${spec.nodes} declared, ${status?.readyNodes ?? 0} ready${updatedOf(network)}`],
    ['Implementation', spec.implementation ?? "the installation's default"],
    ['Image', spec.image ?? "the installation's default"],
    ['Secret', spec.secret ?? `made for the network`],
  ];
  if (spec.paused) pairs.push(['Paused', 'yes: nothing is created, changed or removed']);
  if (status?.peers) pairs.push(['Connections', `${status.peers.actual} of ${status.peers.expected}`]);
  if (status?.chain) {
    const { height, tip, seenAt } = status.chain;
    pairs.push(['Chain', `height ${height}, first seen ${ageOf(seenAt, now) ?? '?'} ago`], ['', tip]);
  }
  pairs.push(['Workflow', workflowId]);
  if (workflow) pairs.push(['', `${workflow.phase} after ${workflow.passes} passes: ${workflow.summary}`]);
  for (const [step, failure] of Object.entries(workflow?.failures ?? {})) {
    pairs.push(['', `${step} failed: ${failure.reason}: ${failure.message}`]);
  }
  return fields(pairs);
}

/** How far the replacement of outdated nodes is, while there are any. */
function updatedOf({ spec, status }: Described['network']): string {
  const updated = status?.updatedNodes ?? spec.nodes;
  return updated < spec.nodes ? `, ${updated} up to date` : '';
}

function conditionRows({ network }: Described, now: number): Cell[][] {
  return (network.status?.conditions ?? []).map(({ type, status, reason, message, lastTransitionTime }) => [
    type,
    status,
    reason,
    ageOf(lastTransitionTime, now),
    message,
  ]);
}

function nodeRows({ network }: Described): Cell[][] {
  return (network.status?.nodes ?? []).map(({ ordinal, ready, nodeName, ip, dnsName }) => [
    ordinal,
    ready,
    nodeName,
    ip,
    dnsName,
  ]);
}

function section(title: string, headings: string[], rows: Cell[][], end: 'first' | 'last' = 'first'): string {
  if (rows.length === 0) return '';
  const shown = end === 'first' ? rows.slice(0, ROWS_SHOWN) : rows.slice(-ROWS_SHOWN);
  const omitted = rows.length - shown.length;
  const rest = omitted > 0 ? `(${omitted} more: btcnet describe -o json)\n` : '';
  return `${title}\n${table(headings, shown)}${rest}`;
}
