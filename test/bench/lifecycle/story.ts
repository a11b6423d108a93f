/** What the history of a network's workflow says of when something was done. */
import { Client, Connection } from '@temporalio/client';
import { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE } from '../../../deploy/local/addresses.ts';

/** Activities after which the nodes have shown each connection at both ends, or not. */
const CONFIRMING: ReadonlySet<string> = new Set(['syncPeers', 'awaitPeering']);

export interface Stories {
  /** When the nodes were last asked for their connections by a step that ended in this time: milliseconds since 1970; null: no such step. */
  confirmedAtMs: (workflowId: string, fromMs: number, untilMs: number) => Promise<number | null>;
  close: () => Promise<void>;
}

/** The stories on the Temporal server of the local stack. */
export async function readStories(): Promise<Stories> {
  const connection = await Connection.connect({ address: TEMPORAL_ADDRESS });
  const client = new Client({ connection, namespace: TEMPORAL_NAMESPACE });
  return {
    confirmedAtMs: async (workflowId, fromMs, untilMs) => {
      const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
      const confirming = new Set<string>();
      let found: number | null = null;
      for (const event of events ?? []) {
        const type = event.activityTaskScheduledEventAttributes?.activityType?.name;
        if (CONFIRMING.has(type ?? '')) confirming.add(String(event.eventId));
        const ended = event.activityTaskCompletedEventAttributes?.scheduledEventId;
        if (ended == null || !confirming.has(String(ended))) continue;
        const { seconds, nanos } = event.eventTime ?? {};
        const atMs = Number(seconds) * 1_000 + (nanos ?? 0) / 1_000_000;
        if (atMs >= fromMs && atMs <= untilMs) found = atMs;
      }
      return found;
    },
    close: () => connection.close(),
  };
}
