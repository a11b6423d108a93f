/** What people see of a network's workflow without opening its history: memo, search attributes, current details. */
import { setCurrentDetails, upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { phaseOf, type Memory } from './memory.ts';
import { PHASE_ATTRIBUTE, REASON_ATTRIBUTE } from './search-attributes.ts';

/** The memo and the search attributes where something changed, the details always. */
export function tell(network: Memory): void {
  const { seen } = network;
  if (seen === null) return;
  const memo = { nodes: seen.nodes, phase: phaseOf(network) };
  const known = workflowInfo().memo;
  if (known?.['nodes'] !== memo.nodes || known['phase'] !== memo.phase) upsertMemo(memo);
  index(network);
  const failures = Object.entries(seen.failures).map(
    ([step, { reason, message }]) => `- ${step}: **${reason}** ${message}`,
  );
  setCurrentDetails([`**${phaseOf(network)}** ${seen.summary}`, ...failures].join('\n'));
}

/** Search attributes, where the look found that the server knows them: one that it does not know would fail the workflow's task. */
export function index(network: Memory): void {
  const search = network.seen?.search;
  if (search === undefined) return;
  const wanted = [
    { key: PHASE_ATTRIBUTE, value: phaseOf(network) },
    { key: REASON_ATTRIBUTE, value: search.reason },
  ];
  const known = workflowInfo().typedSearchAttributes;
  const changed = wanted.filter(({ key, value }) => (known.get(key) ?? null) !== value);
  if (changed.length > 0) upsertSearchAttributes(changed);
}
