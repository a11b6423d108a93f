import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { DirectReach, TunnelReach } from '../../activities/bitcoin/reach.ts';
import { RpcClient } from '../../activities/bitcoin/rpc.ts';
import { clusterOf, connectCluster, type Cluster } from '../../activities/kubernetes/cluster.ts';
import { KeptAliveKubeConfig } from '../../activities/kubernetes/kept-alive-config.ts';
import { nodeReach } from '../../activities/kubernetes/node-reach.ts';
import { readNodes, type NodeSource } from '../../activities/kubernetes/node-source.ts';
import { PortForwards } from '../../activities/kubernetes/port-forward.ts';
import { openDirectRpc, shutDirectRpc } from '../support/direct-rpc.ts';
import { BTCD, CORE, type NodeSoftware } from '../support/node-software.ts';
import {
  btcnet,
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

/** Nobody answers there. */
const NOWHERE = '10.255.255.1';

let namespace: string;
let cluster: Cluster;

beforeAll(async () => {
  await openDirectRpc();
  namespace = await makeNamespace('tunnel');
  cluster = connectCluster({ kubeconfig: process.env['BTCNET_TEST_SERVICE_ACCOUNT_KUBECONFIG'] });
});
afterAll(async () => {
  await openDirectRpc();
  await cluster.close();
  await removeNamespace(namespace);
  await runWorker();
});

/** A network with nodes of this kind, and what is needed to ask them. The worker opens no tunnels: they are counted. */
async function nodesOf(name: string, software: NodeSoftware): Promise<NodeSource> {
  await runWorker({ ...(await software.workerSettings()), BTCNET_RPC_TRANSPORT: 'direct' });
  const network = new Network(namespace, name, software);
  await network.declare(2);
  const { metadata } = await network.converged(2);
  return readNodes(cluster, { namespace, name, uid: metadata.uid }, { implementation: software.implementation });
}

function firstOf({ members: [first] }: NodeSource): NodeSource['members'][number] {
  if (first === undefined) throw new Error('There is no node.');
  return first;
}

/** What the API server itself counts. */
async function tunnelsOfTheServer(): Promise<number> {
  const metrics = await kubectl('get', '--raw', '/metrics');
  return metrics
    .split('\n')
    .filter((line) => line.startsWith('apiserver_longrunning_requests{') && line.includes('"portforward"'))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

describe('a tunnel through the API server', () => {
  let nodes: NodeSource;
  let forwards: PortForwards;
  let rpc: RpcClient;

  beforeAll(async () => {
    nodes = await nodesOf('asked', BTCD);
  });
  beforeEach(() => {
    forwards = new PortForwards(cluster);
    rpc = new RpcClient(new TunnelReach(forwards));
  });

  const node = (other: object = {}): NodeSource['members'][number] => ({ ...firstOf(nodes), ...other });
  const ask = (other: object = {}, asking = rpc): Promise<unknown> => asking.ask(node(other), nodes.access, HEIGHT);

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

describe('a node without a certificate', () => {
  let nodes: NodeSource;

  beforeAll(async () => {
    nodes = await nodesOf('core', CORE);
  });

  test('is asked again and again through one tunnel, which is closed with the client', async () => {
    const forwards = new PortForwards(cluster);
    const rpc = new RpcClient(new TunnelReach(forwards));
    for (let asked = 0; asked < 5; asked += 1) {
      expect(await rpc.ask(firstOf(nodes), nodes.access, HEIGHT)).toEqual(ANSWER);
      expect(forwards.count).toBe(1);
    }
    await rpc.close();
    expect(forwards.count).toBe(0);
    await eventually('the API server counts none', async () => (await tunnelsOfTheServer()) === 0);
  });

  test.each([
    ['at its address, where it shows what it is', {}, ['direct']],
    ['through the API server, where its address leads nowhere', { address: NOWHERE }, ['port-forward']],
  ])('is asked %s', async (_where, other, expected) => {
    const ways: string[] = [];
    const rpc = new RpcClient(nodeReach(cluster, 'auto', (way) => ways.push(way)));
    expect(await rpc.ask({ ...firstOf(nodes), ...other }, nodes.access, HEIGHT)).toEqual(ANSWER);
    expect(ways).toEqual(expected);
    await rpc.close();
  });

  test.each(['auto', 'direct', 'port-forward'])('answers the command line (%s)', async (transport) => {
    const call = ['rpc', 'core', '1', 'getblockcount', '--transport', transport];
    expect(await btcnet('-n', namespace, ...call)).toBe('0\n');
  });
});
