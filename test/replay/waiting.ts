/** What a workflow waits for, read off its history. */
import type { HistoryMessage } from './proto-json.ts';

type HistoryEvent = NonNullable<HistoryMessage['events']>[number];

/** Activities that wait for the world to change, by the way in which their names begin. */
const WAITS = /^(await|watch)/;

/** The activity that the workflow waits for, or `time`; null while it has something to do, or an activity does it. */
export function waitOf(events: readonly HistoryEvent[]): string | null {
  if (events.findLast(isOfWorkflowTask)?.workflowTaskCompletedEventAttributes == null) return null;
  const ended = new Set(events.map(startOfWhatEnded));
  const activities = events
    .filter((event) => event.activityTaskScheduledEventAttributes && !ended.has(String(event.eventId)))
    .map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? '');
  if (activities.some((name) => !WAITS.test(name))) return null;
  if (activities.length > 0) return activities[0] ?? null;
  return events.some((event) => event.timerStartedEventAttributes && !ended.has(String(event.eventId))) ? 'time' : null;
}

const isOfWorkflowTask = (event: HistoryEvent): boolean =>
  (event.workflowTaskScheduledEventAttributes ??
    event.workflowTaskStartedEventAttributes ??
    event.workflowTaskCompletedEventAttributes ??
    event.workflowTaskFailedEventAttributes ??
    event.workflowTaskTimedOutEventAttributes) != null;

/** The id of the event that began what this event ends. */
function startOfWhatEnded(event: HistoryEvent): string {
  const activity =
    event.activityTaskCompletedEventAttributes ??
    event.activityTaskFailedEventAttributes ??
    event.activityTaskTimedOutEventAttributes ??
    event.activityTaskCanceledEventAttributes ??
    // The workflow does not wait for what it has told to end.
    event.activityTaskCancelRequestedEventAttributes;
  const timer = event.timerFiredEventAttributes ?? event.timerCanceledEventAttributes;
  return String(activity?.scheduledEventId ?? timer?.startedEventId ?? '');
}
