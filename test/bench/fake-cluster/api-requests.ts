/** Requests that the API server has answered, by verb, from its own metrics: everybody's, so only differences say something. */
import type { Kubectl } from '../../../deploy/local/cluster/kubectl.ts';

export async function apiRequests(kubectl: Kubectl): Promise<Map<string, number>> {
  return countByVerb(await kubectl.run(['get', '--raw', '/metrics']));
}

const REQUESTS = /^apiserver_request_total\{.*verb="([A-Z]+)".*\} (\S+)$/;

function countByVerb(metrics: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of metrics.split('\n')) {
    const [, verb, count] = REQUESTS.exec(line) ?? [];
    if (verb !== undefined) counts.set(verb, (counts.get(verb) ?? 0) + Number(count));
  }
  return counts;
}
