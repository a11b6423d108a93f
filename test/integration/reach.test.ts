import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { RpcClient } from '../../activities/bitcoin/rpc.ts';
import { DirectReach, TunnelReach } from '../../activities/bitcoin/reach.ts';
import { clusterOf, connectCluster, type Cluster } from '../../activities/kubernetes/cluster.ts';
import { KeptAliveKubeConfig } from '../../activities/kubernetes/kept-alive-config.ts';
import { nodeReach } from '../../activities/kubernetes/node-reach.ts';
import { readNodes, type NodeSource } from '../../activities/kubernetes/node-source.ts';
import { PortForwards } from '../../activities/kubernetes/port-forward.ts';
import { openDirectRpc, shutDirectRpc } from '../support/direct-rpc.ts';
import {
  eventually,
  kubectl,
  kubectlApply,
  makeNamespace,
  Network,
  removeNamespace,
  runWorker,
} from '../support/stack.ts';

jest.setTimeout(300_000);

const HEIGHT = [{ method: 'getblockcount', params: [] }];
const ANSWER = [{ ok: true, result: 0 }];

let namespace: string;

beforeAll(async () => {
  await openDirectRpc();
  namespace = await makeNamespace('reach');
});
afterAll(async () => {
  await openDirectRpc();
  await removeNamespace(namespace);
  await runWorker();
});

/** From nothing to Peered, a pod that dies, blocks, and back to nothing. */
async function live(name: string): Promise<void> {
  const network = new Network(namespace, name);
  await network.declare(3);
  await network.converged(3);
  await network.fullMesh(3);
  await network.ask(0, 'generate', '3');
  await network.sameTip(3, 3);
  await network.kubectl('delete', 'pod', `${name}-sts-1`, '--wait=true');
  await network.fullMesh(3);
  await network.converged(3);
  await network.sameTip(3, 3);
  await network.delete();
  await eventually('nothing is left', async () => (await network.remains()).length === 0);
  await eventually('the workflow has completed', async () => (await network.workflowStatus()) === 'COMPLETED');
}

describe('the worker carries a network', () => {
  test('through the API server when it is told to, though no address can be reached', async () => {
    await runWorker({ BTCNET_RPC_TRANSPORT: 'port-forward' });
    await shutDirectRpc();
    try {
      await live('forwarded');
    } finally {
      await openDirectRpc();
    }
  });

  test('when it finds out by itself that no address can be reached', async () => {
    await runWorker({ BTCNET_RPC_TRANSPORT: 'auto' });
    await shutDirectRpc();
    try {
      await live('found-out');
    } finally {
      await openDirectRpc();
    }
  });

  test('when the addresses cannot be reached any more in the middle of its life', async () => {
    await runWorker({ BTCNET_RPC_TRANSPORT: 'auto' });
    const network = new Network(namespace, 'moving');
    await network.declare(2);
    await network.converged(2);
    await shutDirectRpc();
    try {
      await network.scale(3);
      await network.converged(3);
      await network.fullMesh(3);
    } finally {
      await openDirectRpc();
    }
    await network.scale(2);
    await network.converged(2);
    await network.delete();
  });

  test('at the addresses of its pods when it is told to', async () => {
    await runWorker({ BTCNET_RPC_TRANSPORT: 'direct' });
    await live('direct');
  });
});

describe('a tunnel through the API server', () => {
  let cluster: Cluster;
  let nodes: NodeSource;
  let forwards: PortForwards;
  let rpc: RpcClient;

  beforeAll(async () => {
    await runWorker();
    const network = new Network(namespace, 'asked');
    await network.declare(2);
    const { metadata } = await network.converged(2);
    cluster = connectCluster({ kubeconfig: process.env['BTCNET_TEST_SERVICE_ACCOUNT_KUBECONFIG'] });
    const ref = { namespace, name: 'asked', uid: metadata.uid };
    nodes = await readNodes(cluster, ref, { implementation: 'btcd' });
  });
  beforeEach(() => {
    forwards = new PortForwards(cluster);
    rpc = new RpcClient(new TunnelReach(forwards));
  });
  afterAll(() => cluster.close());

  const node = (other: object = {}): NodeSource['members'][number] => {
    const [first] = nodes.members;
    if (first === undefined) throw new Error('There is no node.');
    return { ...first, ...other };
  };
  const ask = (other: object = {}, asking = rpc): Promise<unknown> => asking.ask(node(other), nodes.access, HEIGHT);

  /** What the API server itself counts. */
  async function tunnelsOfTheServer(): Promise<number> {
    const metrics = await kubectl('get', '--raw', '/metrics');
    return metrics
      .split('\n')
      .filter((line) => line.startsWith('apiserver_longrunning_requests{') && line.includes('"portforward"'))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  test('carries many calls at once, and none is left open', async () => {
    const asked = Array.from({ length: 30 }, (_, index) => ask({ startedAt: String(index) }));
    expect(await Promise.all(asked)).toEqual(asked.map(() => ANSWER));
    const idle = await forwards.open(node());
    await eventually('the API server counts the one that is open', async () => (await tunnelsOfTheServer()) === 1);
    await rpc.close();
    expect(idle.destroyed).toBe(true);
    expect(forwards.count).toBe(0);
    await eventually('the API server counts none', async () => (await tunnelsOfTheServer()) === 0);
  });

  test.each([
    ['a port on which nobody listens', 'Refused', { port: 4444 }],
    ['a pod that is gone', 'Unreachable', { pod: 'asked-sts-77' }],
    ['a node under the name of another', 'Untrusted', { host: 'asked-sts-0.other-svc.NAMESPACE.svc' }],
  ])('to %s fails with the reason %s', async (_what, reason, other) => {
    const host = 'host' in other ? { host: other.host.replace('NAMESPACE', namespace) } : {};
    await expect(ask({ ...other, ...host })).rejects.toMatchObject({ name: 'RpcFault', reason });
    await rpc.close();
    expect(forwards.count).toBe(0);
  });

  test.each([
    ['without any right', []],
    ['with the right to get alone', ['get']],
  ])('%s fails, and the fault names the rights', async (_what, verbs) => {
    const account = `may-${verbs.join('') || 'nothing'}`;
    const other = clusterOf(await accountOf(account, verbs));
    const asking = new RpcClient(nodeReach(other, 'port-forward'));
    await expect(ask({}, asking)).rejects.toMatchObject({
      reason: 'Forbidden',
      code: 403,
      message: expect.stringContaining('get and create pods/portforward'),
    });
    await asking.close();
    await other.close();
  });

  test('is not asked for where the addresses can be reached', async () => {
    const other = clusterOf(await accountOf('needs-nothing', []));
    const asking = new RpcClient(nodeReach(other, 'auto'));
    expect(await ask({}, asking)).toEqual(ANSWER);
    await asking.close();
    await other.close();
  });

  test('is the way of a process that finds no other, and its first call comes through', async () => {
    await shutDirectRpc();
    try {
      const asking = new RpcClient(nodeReach(cluster, 'auto'));
      const calls = Array.from({ length: 6 }, (_, index) => ask({ startedAt: String(index) }, asking));
      expect(await Promise.all(calls)).toEqual(calls.map(() => ANSWER));
      await asking.close();
      const direct = new RpcClient(new DirectReach());
      await expect(ask({}, direct)).rejects.toMatchObject({ reason: 'TimedOut' });
      await direct.close();
    } finally {
      await openDirectRpc();
    }
  });

  /** Access to the cluster with these verbs on `pods/portforward`, and no other rights. */
  async function accountOf(name: string, verbs: string[]): Promise<KeptAliveKubeConfig> {
    await kubectl('-n', namespace, 'create', 'serviceaccount', name);
    if (verbs.length > 0) {
      const rules = [{ apiGroups: [''], resources: ['pods/portforward'], verbs }];
      await kubectlApply({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: { namespace, name },
        rules,
      });
      await kubectl(
        '-n',
        namespace,
        'create',
        'rolebinding',
        name,
        `--role=${name}`,
        `--serviceaccount=${namespace}:${name}`,
      );
    }
    const token = await kubectl('-n', namespace, 'create', 'token', name);
    const current = cluster.config.getCurrentCluster();
    if (current === null) throw new Error('The kubeconfig names no current cluster.');
    const config = new KeptAliveKubeConfig();
    config.loadFromClusterAndUser(current, { name, token: token.trim() });
    return config;
  }
});
