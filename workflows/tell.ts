/** What people see of a network's workflow without opening its history: memo, search attributes, current details. */
import { setCurrentDetails, upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { enter } from './diary.ts';
import { phaseOf, type Memory } from './memory.ts';
import type { Observation } from './observation.ts';
import { PHASE_ATTRIBUTE, REASON_ATTRIBUTE } from './search-attributes.ts';

/** The memo and the search attributes where something changed, the details always. */
export function tell(network: Memory): void {
  const { seen } = network;
  if (seen === null) return;
  const memo = { nodes: seen.nodes, phase: phaseOf(network) };
  const known = workflowInfo().memo;
  if (known?.['nodes'] !== memo.nodes || known['phase'] !== memo.phase) upsertMemo(memo);
  index(network);
  remark(network, seen);
  // What looks like a fraction is drawn as one.
  show(network, `**${phaseOf(network)}** ${seen.summary.replaceAll('/', ' of ')}`);
}

/** The sentence, what stands in the way, and what has happened lately. */
export function show(network: Memory, sentence: string): void {
  const failures = Object.entries(network.failures).map(
    ([step, { reason, message }]) => `- ${step}: **${reason}** ${message}`,
  );
  const trouble = network.seen?.words?.trouble;
  if (failures.length === 0 && trouble) failures.push(`- **${trouble.reason}** ${trouble.message}`);
  const diary = network.diary.map((line) => `- ${line}`);
  const parts = [[sentence], failures, diary.length > 0 ? ['What has happened (UTC):', '', ...diary] : []];
  setCurrentDetails(
    parts
      .filter((part) => part.length > 0)
      .map((part) => part.join('\n'))
      .join('\n\n'),
  );
}

/** What a look found that was otherwise before. */
function remark(network: Memory, seen: Observation): void {
  const missing = seen.words?.unready ?? '';
  if (missing !== network.missing) {
    const what = missing === '' ? `All ${seen.nodes} nodes are ready` : `Not ready: ${missing}`;
    enter(network.diary, what, new Date().toISOString());
  }
  network.missing = missing;
  const trouble = seen.words?.trouble;
  if (trouble?.reason !== (network.trouble || undefined)) {
    // A step that failed on it has written it down already.
    const isTold =
      trouble !== undefined && network.diary.slice(-5).some((line) => line.includes(`**${trouble.reason}**`));
    if (trouble === undefined) enter(network.diary, `✓ ${network.trouble} is over`, new Date().toISOString());
    else if (!isTold) enter(network.diary, `✗ **${trouble.reason}** ${trouble.message}`, new Date().toISOString());
  }
  network.trouble = trouble?.reason ?? '';
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
