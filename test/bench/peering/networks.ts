/** A network of fake nodes, from its declaration to its deletion, with what was measured on the way. */
import { API_VERSION, KIND } from '../../../workflows/names.ts';
import type { FakeCluster } from '../fake-cluster/fake-cluster.ts';
import type { NodeFarm } from '../fake-cluster/node-farm.ts';
import type { Sight } from '../fake-cluster/sight.ts';
import { isSettled } from '../well.ts';

export const NAMESPACE = 'default';

/** The Secret that comes with the cluster. */
export const SECRET = 'bitcoin-default-secret';
export const CREDENTIALS = { user: 'user', password: 'password' } as const;

/** Milliseconds that anything may take: some ten times what was seen. */
const WITHIN_MS = 600_000;

export interface Bench {
  cluster: FakeCluster;
  farm: NodeFarm;
  sight: Sight;
}

/** What it took from one moment to "all edges are there, and seen to be there". */
export interface Leg {
  /** From the last pod Ready to the status that says so. */
  seconds: number;
  /** Answered by nodes in that time. */
  requests: number;
  calls: number;
  /** From the beginning of the change on. */
  requestsInAll: number;
  /** Connections made and cut since the beginning. */
  made: number;
  cut: number;
}

/**
 * Does something to a network, and waits until it is as declared: the status says so, and every node whose connections have changed was
 * asked for them since.
 *
 * @param nodes that are declared afterwards
 */
export async function leg(
  { farm, sight }: Bench,
  { name, nodes, starts }: { name: string; nodes: number; starts: boolean },
  change: () => Promise<unknown>,
): Promise<Leg> {
  const key = `${NAMESPACE}/${name}`;
  const { wire } = farm;
  const before = { ...farm.counts, made: wire.made, parted: wire.parted };
  const versionBefore = sight.network(key)?.network.metadata.resourceVersion;
  const startedMs = performance.now();
  let ready = { ...farm.counts, atMs: startedMs };
  sight.onReady = (network) => {
    // Counting all nodes' requests takes time: only the last of the pods matters.
    if (network === key && sight.readyPods(key) === nodes) ready = { ...farm.counts, atMs: performance.now() };
  };
  await change();
  const settled = await sight.changes.until(`${name} has ${nodes} connected nodes`, WITHIN_MS, () => {
    const seen = sight.network(key);
    if (seen === undefined || sight.readyPods(key) !== nodes || (starts && ready.atMs === startedMs)) return null;
    const connected = wire.isSeen && wire.edges === seen.network.status?.peers?.expected;
    return connected && isSettled(seen.network, nodes) ? seen : null;
  });
  const after = farm.counts;
  const reported = settled.network.metadata.resourceVersion === versionBefore ? 0 : settled.atMs;
  return {
    seconds: Math.max(0, Math.max(reported, wire.seenMs) - ready.atMs) / 1000,
    requests: after.posts - ready.posts,
    calls: after.calls - ready.calls,
    requestsInAll: after.posts - before.posts,
    made: wire.made - before.made,
    cut: wire.parted - before.parted,
  };
}

export const declare = ({ cluster }: Bench, name: string, nodes: number): Promise<string> =>
  cluster.kubectl.run(['create', '-f', '-'], {
    input: JSON.stringify({
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: { namespace: NAMESPACE, name },
      spec: { nodes, secret: SECRET },
    }),
  });

export const scale = ({ cluster }: Bench, name: string, nodes: number): Promise<string> =>
  cluster.kubectl.run(['scale', `bitcoinnetwork/${name}`, `--replicas=${nodes}`, '-n', NAMESPACE]);

/** Deletes it, and waits until neither it nor a pod of it is left. */
export async function remove({ cluster, sight }: Bench, name: string): Promise<void> {
  await cluster.kubectl.run(['delete', `bitcoinnetwork/${name}`, '-n', NAMESPACE, '--wait=true']);
  const key = `${NAMESPACE}/${name}`;
  await sight.changes.until(`${name} is gone`, WITHIN_MS, () =>
    sight.network(key) === undefined && sight.readyPods(key) === 0 ? true : null,
  );
}
