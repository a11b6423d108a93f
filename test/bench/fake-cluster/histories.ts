/** What the Temporal server has written down of workflows since a certain time. */
import { Connection, type WorkflowService } from '@temporalio/client';
import proto from '@temporalio/proto';
import { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE } from '../../../deploy/local/addresses.ts';
import { atOnce } from '../at-once.ts';

const { EventType } = proto.temporal.api.enums.v1;
const { HistoryEvent } = proto.temporal.api.history.v1;

/** Events per page, and histories that are read at once. */
const PAGE = 200;
const READERS = 16;

/** Names of events as the server has them, without their prefix: `TIMER_STARTED`. */
export type EventName = string;

/** Of an event what the benchmarks count. Ids tell events of one workflow apart, whatever its run. */
export interface Written {
  name: EventName;
  id: string;
  /** Milliseconds since 1970. */
  atMs: number;
  /** As it is sent. */
  bytes: number;
  /** Of a marker, a timer or an activity: the completed task of the workflow that asked for it. Of an activity's further events: its first one. */
  because: string | null;
  /** Of a started activity: which attempt this is. */
  attempt: number;
  /** Of a scheduled activity: within how many milliseconds it has to give a sign of life; 0: it has not to. */
  heartbeatMs: number;
}

export class Histories {
  readonly #connection: Connection;
  readonly #service: WorkflowService;

  private constructor(connection: Connection) {
    this.#connection = connection;
    this.#service = connection.workflowService;
  }

  static async connect(): Promise<Histories> {
    return new Histories(await Connection.connect({ address: TEMPORAL_ADDRESS }));
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** Events of these workflows and of the runs that they went on from, in no particular order; a list for each workflow. */
  async between(workflowIds: readonly string[], sinceMs: number, untilMs: number): Promise<Written[][]> {
    const histories = await atOnce(workflowIds, READERS, (workflowId) => this.#of(workflowId, sinceMs));
    return histories.map((events) => events.filter(({ atMs }) => atMs < untilMs));
  }

  async #of(workflowId: string, sinceMs: number): Promise<Written[]> {
    const events: Written[] = [];
    let runId = '';
    for (let run = 0; ; run += 1) {
      const earlier = await this.#ofRun(workflowId, { runId, run }, sinceMs, events);
      if (earlier === '') return events;
      runId = earlier;
    }
  }

  /** @returns the run before, where that may have events of the time, too; empty: it has none */
  async #ofRun(
    workflowId: string,
    { runId, run }: { runId: string; run: number },
    sinceMs: number,
    events: Written[],
  ): Promise<string> {
    let nextPageToken: Uint8Array = new Uint8Array();
    do {
      const page = await this.#service.getWorkflowExecutionHistoryReverse({
        namespace: TEMPORAL_NAMESPACE,
        execution: { workflowId, runId },
        maximumPageSize: PAGE,
        nextPageToken,
      });
      for (const event of page.history?.events ?? []) {
        const written = writtenOf(event, run);
        if (written.atMs < sinceMs) return '';
        events.push(written);
        const before = event.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
        if (before) return before;
      }
      ({ nextPageToken } = page);
    } while (nextPageToken.length > 0);
    return '';
  }
}

type Raw = proto.temporal.api.history.v1.IHistoryEvent;

function writtenOf(event: Raw, run: number): Written {
  const scheduled = event.activityTaskScheduledEventAttributes;
  const asked = event.markerRecordedEventAttributes ?? event.timerStartedEventAttributes ?? scheduled;
  const further =
    event.activityTaskStartedEventAttributes ??
    event.activityTaskCompletedEventAttributes ??
    event.activityTaskFailedEventAttributes ??
    event.activityTaskTimedOutEventAttributes ??
    event.activityTaskCanceledEventAttributes;
  const because = asked?.workflowTaskCompletedEventId ?? further?.scheduledEventId ?? null;
  const idOf = (id: { toString: () => string }): string => `${run}/${id.toString()}`;
  return {
    name: (EventType[event.eventType ?? 0] ?? '').replace(/^EVENT_TYPE_/, ''),
    id: idOf(event.eventId ?? 0),
    atMs: millisecondsOf(event.eventTime),
    bytes: HistoryEvent.encode(event).finish().length,
    because: because === null ? null : idOf(because),
    attempt: event.activityTaskStartedEventAttributes?.attempt ?? 0,
    heartbeatMs: millisecondsOf(scheduled?.heartbeatTimeout),
  };
}

const millisecondsOf = (
  time: { seconds?: { toString: () => string } | null; nanos?: number | null } | null | undefined,
): number => Number((time?.seconds ?? 0).toString()) * 1_000 + (time?.nanos ?? 0) / 1_000_000;
