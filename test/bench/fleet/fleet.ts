/** Many small networks on the fake cluster: declared, changed and seen to be well. */
import { PatchStrategy } from '@kubernetes/client-node';
import { connectCluster, type Cluster } from '../../../activities/kubernetes/cluster.ts';
import { create, NETWORKS, patch, pathOf } from '../../../activities/kubernetes/objects.ts';
import { type FakeCluster, startFakeCluster } from '../fake-cluster/fake-cluster.ts';
import { Histories } from '../fake-cluster/histories.ts';
import { NodeFarm } from '../fake-cluster/node-farm.ts';
import { Sight } from '../fake-cluster/sight.ts';
import type { NetworkSpec } from '../../../workflows/spec.ts';
import { atOnce } from '../at-once.ts';
import { CREDENTIALS, NAMESPACE, SECRET } from '../peering/networks.ts';
import { isSettled } from '../well.ts';

/** Calls of the API server at once: what one client of kubectl's kind does. */
const WRITERS = 32;

/** Milliseconds that anything may take. */
export const WITHIN_MS = 900_000;

export interface Fleet {
  cluster: FakeCluster;
  /** The API server, as the administrator. */
  api: Cluster;
  farm: NodeFarm;
  sight: Sight;
  histories: Histories;
  stop: () => Promise<void>;
}

/** A control plane of its own, on which there is no network yet. */
export async function startFleet(note: (text: string) => void): Promise<Fleet> {
  const cluster = await startFakeCluster(note);
  const farm = await new NodeFarm({ ...CREDENTIALS, latencyMs: () => 0 }).start();
  const sight = new Sight(cluster.kubeconfig, farm);
  const api = connectCluster({ kubeconfig: cluster.kubeconfig });
  const histories = await Histories.connect();
  return {
    ...{ cluster, api, farm, sight, histories },
    stop: async () => {
      sight.stop();
      await histories.close();
      await api.close();
      await farm.stop();
      await cluster.stop();
    },
  };
}

/** Networks of the fleet, by name. */
export type Networks = { name: string; nodes: number }[];

/** So many networks of so many nodes: `<prefix>0`, `<prefix>1`, … */
export const networksOf = (count: number, prefix: string, nodes: number): Networks =>
  Array.from({ length: count }, (_, index) => ({ name: `${prefix}${index}`, nodes }));

export const networkKey = (name: string): string => `${NAMESPACE}/${name}`;

/** Declares them all, as fast as the API server takes them. */
export async function declareAll({ api }: Fleet, networks: readonly (NetworkSpec & { name: string })[]): Promise<void> {
  await atOnce(networks, WRITERS, ({ name, ...spec }) =>
    create(api, NETWORKS, { metadata: { namespace: NAMESPACE, name }, ...{ spec: { secret: SECRET, ...spec } } }),
  );
}

export const scale = ({ api }: Fleet, name: string, nodes: number): Promise<unknown> =>
  patch(api, NETWORKS, { namespace: NAMESPACE, name, subresource: 'scale' }, { spec: { replicas: nodes } });

/** Changes something in every spec that costs the nodes nothing, and that only a look and a written status can answer. */
export async function touchAll({ api }: Fleet, names: readonly string[], refreshTip: boolean): Promise<void> {
  await atOnce(names, WRITERS, (name) =>
    api.call({
      method: 'PATCH',
      path: pathOf(NETWORKS, NAMESPACE, name),
      body: { spec: { refreshTip } },
      contentType: PatchStrategy.MergePatch,
      subject: { verb: 'patch', kind: NETWORKS.kind, namespace: NAMESPACE, name },
    }),
  );
}

/** Resolves when each of the networks was seen to have this many connected nodes and a status that says so. */
export async function untilPeered(
  { sight }: Pick<Fleet, 'sight'>,
  networks: readonly { name: string; nodes: number }[],
): Promise<void> {
  const pending = [...networks];
  const isWell = ({ name, nodes }: { name: string; nodes: number }): boolean => {
    const seen = sight.network(networkKey(name));
    return seen !== undefined && isSettled(seen.network, nodes);
  };
  await sight.changes.until(`${networks.length} networks are peered`, WITHIN_MS, () => {
    // Asked after every change of any network: what is well already is not asked again.
    for (let last = pending.at(-1); last !== undefined && isWell(last); last = pending.at(-1)) pending.pop();
    return pending.length === 0 ? true : null;
  });
  const unwell = networks.filter((network) => !isWell(network));
  if (unwell.length > 0) await untilPeered({ sight }, unwell);
}
