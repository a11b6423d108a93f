/** The local stack as the scenario uses it: a namespace of its own, what is seen in it, and the pods that both sides run. */
import { randomBytes } from 'node:crypto';
import { RpcClient } from '../../../activities/bitcoin/rpc.ts';
import { type Cluster, connectCluster } from '../../../activities/kubernetes/cluster.ts';
import { readNodes } from '../../../activities/kubernetes/node-source.ts';
import { create, get, NETWORKS, SECRETS } from '../../../activities/kubernetes/objects.ts';
import { survey } from '../../../activities/peering.ts';
import { BTCD_IMAGE } from '../../../deploy/local/cluster/images.ts';
import { Progress } from '../../../deploy/local/progress.ts';
import { StackError } from '../../../deploy/local/stack-error.ts';
import { up } from '../../../deploy/local/up.ts';
import type { PeersReport } from '../../../workflows/observation.ts';
import { nodeSecretName, PASSWORD_KEY, statefulSetName, USER_KEY } from '../../../workflows/names.ts';
import { NamespaceView } from './namespace-view.ts';
import type { Pattern } from './floor.ts';
import { readStories, type Stories } from './story.ts';
import { settled } from './verdict.ts';

/** Milliseconds that anything may take. */
export const WITHIN_MS = 120_000;

const SECRET = 'bench-credentials';
/** The network of one node from which the floor is copied. */
const PATTERN = 'pattern';

export interface Stage {
  cluster: Cluster;
  namespace: string;
  view: NamespaceView;
  stories: Stories;
  pattern: Pattern;
  declare: (name: string, nodes: number) => Promise<void>;
  /** What the nodes of a network say themselves, asked just now. */
  ask: (name: string) => Promise<PeersReport>;
  close: () => Promise<void>;
}

export async function setStage(note: (text: string) => void): Promise<Stage> {
  note('bringing up the local stack');
  const { kubeconfig } = await up({ worker: true, progress: new Progress() });
  const cluster = connectCluster({ kubeconfig });
  const namespace = `bench-${randomBytes(3).toString('hex')}`;
  const [stories, rpc] = [await readStories(), new RpcClient()];
  const view = new NamespaceView(cluster, namespace);
  const removeNamespace = (): Promise<unknown> =>
    cluster.call({
      method: 'DELETE',
      path: `/api/v1/namespaces/${namespace}`,
      subject: { verb: 'delete', kind: 'Namespace', name: namespace },
    });
  const close = async (): Promise<void> => {
    view.stop();
    await removeNamespace();
    await Promise.all([cluster.close(), stories.close(), rpc.close()]);
  };
  const declare = async (name: string, nodes: number): Promise<void> => {
    await create(cluster, NETWORKS, { metadata: { namespace, name }, spec: { nodes, secret: SECRET } } as object);
  };
  const ask = async (name: string): Promise<PeersReport> => {
    const uid = view.networks.get(name)?.object.metadata.uid ?? '';
    const defaults = { implementation: 'btcd', image: BTCD_IMAGE } as const;
    const nodes = await readNodes(cluster, { namespace, name, uid }, defaults);
    return (await survey({ rpc, now: Date.now }, nodes, {})).report;
  };
  await makeNamespace(cluster, namespace);
  try {
    await view.start();
    await declare(PATTERN, 1);
    await view.changes.until('the pattern runs', WITHIN_MS, () => settled(view, PATTERN, 1));
    const statefulSet = view.statefulSets.get(statefulSetName(PATTERN))?.object;
    const nodeSecret = await get(cluster, SECRETS, namespace, nodeSecretName(PATTERN));
    if (statefulSet === undefined || nodeSecret === null) throw new StackError('There is nothing to copy.');
    const pattern = { statefulSet, nodeSecret };
    return { cluster, namespace, view, stories, pattern, declare, ask, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function makeNamespace(cluster: Cluster, namespace: string): Promise<void> {
  await cluster.call({
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    subject: { verb: 'create', kind: 'Namespace', name: namespace },
  });
  const stringData = { [USER_KEY]: 'bench', [PASSWORD_KEY]: randomBytes(12).toString('hex') };
  await create(cluster, SECRETS, { metadata: { namespace, name: SECRET }, stringData } as object);
}
