/** Events about one network, whichever of the two event APIs they were written with. */
import type { NetworkId } from '../network-id.ts';
import type { KubernetesHttp } from './http.ts';

export interface NetworkEvent {
  /** When it was seen last, ISO 8601. */
  time: string;
  type: string;
  /** UpperCamelCase, stable. */
  reason: string;
  message: string;
  /** How often it was seen. */
  count: number;
}

/** The fields of `v1` Event that are looked at. */
interface CoreEvent {
  metadata: { creationTimestamp: string };
  type?: string;
  reason?: string;
  message?: string;
  count?: number | null;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  series?: { count?: number; lastObservedTime?: string } | null;
}

/** Oldest first. */
export async function eventsOf(http: KubernetesHttp, network: NetworkId, uid: string): Promise<NetworkEvent[]> {
  const path = `/api/v1/namespaces/${encodeURIComponent(network.namespace)}/events`;
  const query = { fieldSelector: `involvedObject.uid=${uid}`, limit: '500' };
  const list = (await http.request({ method: 'GET', path, query })) as { items: CoreEvent[] };
  return list.items.map(networkEvent).sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
}

/** One event in the shape of this client. */
export function networkEvent(event: CoreEvent): NetworkEvent {
  return {
    time: event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp,
    type: event.type ?? '',
    reason: event.reason ?? '',
    message: event.message ?? '',
    count: event.series?.count ?? event.count ?? 1,
  };
}
