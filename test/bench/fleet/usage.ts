/** What the control plane and the nodes are busy with, between two moments. */
import { apiRequests } from '../fake-cluster/api-requests.ts';
import { etcdMb } from '../fake-cluster/etcd-size.ts';
import { cpuSeconds, residentMb } from '../fake-cluster/process-usage.ts';
import type { Fleet } from './fleet.ts';

/** Processes that are looked at, as the fake cluster calls them. */
export const PARTS = ['worker', 'temporal', 'kube-apiserver'] as const;
export type Part = (typeof PARTS)[number];

interface Reading {
  atMs: number;
  cpu: Record<Part, number>;
  api: Map<string, number>;
  rpc: { posts: number; calls: number };
}

export interface Usage {
  seconds: number;
  /** Of one core, in per cent. */
  cpu: Record<Part, number>;
  /** At the end. */
  residentMb: Record<Part, number>;
  /** MB at the end. */
  etcdMb: number;
  /** Requests a minute to the API server, by verb. */
  api: Map<string, number>;
  /** Requests a minute to nodes. */
  rpc: number;
}

/** Measures for as long as this takes. */
export async function usageDuring(fleet: Fleet, wait: () => Promise<unknown>): Promise<Usage> {
  const before = await read(fleet);
  await wait();
  const after = await read(fleet);
  const seconds = (after.atMs - before.atMs) / 1000;
  const perMinute = (count: number): number => (count / seconds) * 60;
  const verbs = [...after.api].map(([verb, count]): [string, number] => [
    verb,
    perMinute(count - (before.api.get(verb) ?? 0)),
  ]);
  return {
    seconds,
    cpu: ofParts((part) => ((after.cpu[part] - before.cpu[part]) / seconds) * 100),
    residentMb: ofParts((part) => residentMb(fleet.cluster.pidOf(part))),
    etcdMb: await etcdMb(),
    api: new Map(verbs),
    rpc: perMinute(after.rpc.posts - before.rpc.posts),
  };
}

async function read({ cluster, farm }: Fleet): Promise<Reading> {
  const api = await apiRequests(cluster.kubectl);
  return {
    api,
    atMs: performance.now(),
    cpu: ofParts((part) => cpuSeconds(cluster.pidOf(part))),
    rpc: farm.counts,
  };
}

const ofParts = (of: (part: Part) => number): Record<Part, number> => ({
  worker: of('worker'),
  temporal: of('temporal'),
  'kube-apiserver': of('kube-apiserver'),
});
