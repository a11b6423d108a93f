/**
 * Billable actions of Temporal Cloud, counted from a history. The rules: https://docs.temporal.io/cloud/actions, read in November
 * 2026. Not counted: queries and refused Updates, which are in no history. Pure.
 */
import type { Written } from '../fake-cluster/histories.ts';

/** Events that are one action each. */
const ONE_EACH = new Set([
  'WORKFLOW_EXECUTION_STARTED',
  'TIMER_STARTED',
  'WORKFLOW_EXECUTION_SIGNALED',
  'WORKFLOW_EXECUTION_UPDATE_ACCEPTED',
  'UPSERT_WORKFLOW_SEARCH_ATTRIBUTES',
  'ACTIVITY_TASK_SCHEDULED',
]);

/** Share of the heartbeat's timeout within which the SDK sends one at most. */
const THROTTLE = 0.8;

/**
 * Of a history's events, of which none is missing in between: of each activity its attempts and heartbeats; of all local activities that
 * belong to one task of the workflow, one. A start that comes with a signal is one action and counted as two.
 */
export function actionsIn(events: readonly Written[]): number {
  const each = events.filter(({ name }) => ONE_EACH.has(name)).length;
  const started = events.filter(({ name }) => name === 'ACTIVITY_TASK_STARTED');
  const retries = started.reduce((sum, { attempt }) => sum + attempt - 1, 0);
  const markers = new Set(events.filter(({ name }) => name === 'MARKER_RECORDED').map(({ because }) => because));
  return each + retries + markers.size + heartbeatsIn(events, started);
}

/** No event shows a heartbeat: the first is sent at once, each further one as soon as the SDK lets it through. */
function heartbeatsIn(events: readonly Written[], started: readonly Written[]): number {
  const beating = new Map(events.filter(({ heartbeatMs }) => heartbeatMs > 0).map((event) => [event.id, event]));
  const ended = new Map(
    events
      .filter(({ name }) => /^ACTIVITY_TASK_(COMPLETED|FAILED|TIMED_OUT|CANCELED)$/.test(name))
      .map((event) => [event.because, event]),
  );
  return started.reduce((sum, { because, atMs }) => {
    const activity = beating.get(because ?? '');
    const end = ended.get(because);
    if (activity === undefined || end === undefined) return sum;
    return sum + heartbeats(end.atMs - atMs, activity.heartbeatMs);
  }, 0);
}

/** Of one attempt that lasts for so long. */
export const heartbeats = (durationMs: number, timeoutMs: number): number =>
  1 + Math.floor(durationMs / (THROTTLE * timeoutMs));
