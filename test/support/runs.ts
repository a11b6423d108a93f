/** The runs of one workflow, from the first one on, and what their histories say of the messages. */
import { defaultPayloadConverter, type Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';

export interface Run {
  runId: string;
  events: temporal.api.history.v1.IHistoryEvent[];
}

export async function runsOf(client: Client, workflowId: string, firstRunId: string): Promise<Run[]> {
  const runs: Run[] = [];
  let next: string | null | undefined = firstRunId;
  while (next) {
    const { events } = await client.workflow.getHandle(workflowId, next).fetchHistory();
    runs.push({ runId: next, events: events ?? [] });
    next = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
  return runs;
}

export interface Message {
  name: string;
  input: unknown;
}

/** The messages that the runs took, in the order in which they took them. */
export function messagesIn(runs: readonly Run[]): Message[] {
  return runs.flatMap(({ events }) =>
    events.flatMap((event) => {
      const signal = event.workflowExecutionSignaledEventAttributes;
      if (signal) return [{ name: signal.signalName ?? '', input: firstOf(signal.input?.payloads) }];
      const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input;
      return update ? [{ name: update.name ?? '', input: firstOf(update.args?.payloads) }] : [];
    }),
  );
}

const firstOf = (payloads: Payload[] | null | undefined): unknown =>
  payloads?.[0] && defaultPayloadConverter.fromPayload(payloads[0]);
