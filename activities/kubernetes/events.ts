/** Kubernetes Events on a network: what `kubectl describe` shows below it. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { API_VERSION, KIND, MANAGER } from '../../workflows/names.ts';
import type { NetworkRef } from '../../workflows/observation.ts';
import { failureOf } from './errors.ts';
import { create, EVENTS } from './objects.ts';
import type { Options } from './objects.ts';
import type { Writer } from './writer.ts';

export interface NetworkEvent {
  type: 'Normal' | 'Warning';
  /** UpperCamelCase, stable. */
  reason: string;
  message: string;
}

/** Limits of the API server, in characters. */
const MESSAGE_MAX = 1024;
const REASON_MAX = 128;

/** Writes an event. It only tells people something, so a failure is logged and not thrown. */
export async function recordEvent(
  { cluster, log, now }: Pick<Writer, 'cluster' | 'log' | 'now'>,
  network: NetworkRef,
  event: NetworkEvent,
  { signal }: Options = {},
): Promise<void> {
  try {
    await create(cluster, EVENTS, eventManifest(network, event, new Date(now())), { signal });
  } catch (error) {
    const { reason, message } = failureOf(error);
    log.warn('Event not written', { ...about(network), event: event.reason, reason, message });
  }
}

export function eventManifest({ namespace, name, uid }: NetworkRef, event: NetworkEvent, now: Date): object {
  const time = `${now.toISOString().slice(0, 19)}Z`;
  return {
    metadata: { name: `${name}.${randomBytes(8).toString('hex')}`, namespace },
    involvedObject: { apiVersion: API_VERSION, kind: KIND, namespace, name, uid },
    type: event.type,
    reason: event.reason.slice(0, REASON_MAX),
    message: event.message.slice(0, MESSAGE_MAX),
    source: { component: MANAGER },
    reportingComponent: MANAGER,
    reportingInstance: hostname(),
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}

/** A network as the fields of a log line. */
export const about = ({ namespace, name, uid }: NetworkRef): Record<string, string> => ({
  network: `${namespace}/${name}`,
  uid,
});
