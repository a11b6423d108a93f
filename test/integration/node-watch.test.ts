/** What no Kubernetes watch shows: real nodes that are changed from outside, while all timers are an hour away. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { BRIDGE_ADDRESS } from '../../deploy/local/addresses.ts';
import { issueCertificate } from '../../activities/bitcoin/certificate.ts';
import { RpcClient } from '../../activities/bitcoin/rpc.ts';
import { connectCluster, type Cluster } from '../../activities/kubernetes/cluster.ts';
import { ClusterView } from '../../activities/kubernetes/cluster-view.ts';
import { OwnWrites } from '../../activities/kubernetes/own-writes.ts';
import type { RoundDeps } from '../../activities/node-rounds.ts';
import { keepAsking } from '../../activities/watch-nodes.ts';
import type { BitcoinNetwork } from '../../workflows/facts.ts';
import { nodeSecretName, nodeWatchWorkflowId, P2P_PORT, PASSWORD_KEY } from '../../workflows/names.ts';
import { startBtcd, type RealBtcd } from '../support/real-btcd.ts';
import {
  eventually,
  historyLength,
  killWorker,
  makeNamespace,
  Network,
  removeNamespace,
  runWorker,
  SECRET,
  workflowStatus,
} from '../support/stack.ts';

jest.setTimeout(240_000);

/** Milliseconds for which a history must have stayed as it is: longer than a round of the node watch. */
const CALM_MS = 15_000;

const NO_TIMERS = { BTCNET_RESYNC_MIN: '1h', BTCNET_RESYNC_MAX: '1h' };

let namespace: string;
let network: Network;
let stranger: RealBtcd | null = null;

beforeAll(async () => {
  await runWorker(NO_TIMERS);
  namespace = await makeNamespace('nodes');
  network = new Network(namespace, 'watched');
  await network.declare(3);
  await network.converged(3);
  await network.fullMesh(3);
});
afterAll(async () => {
  await stranger?.stop();
  await runWorker();
  await removeNamespace(namespace);
});

const history = (): Promise<number> => historyLength(network.workflowId);

/** The length of the history once nothing is added to it any more. */
async function atRest(): Promise<number> {
  let [length, since] = [-1, Date.now()];
  return eventually('the workflow is at rest', async () => {
    const now = await history();
    if (now !== length) [length, since] = [now, Date.now()];
    return Date.now() - since >= CALM_MS && length;
  });
}

/** Somebody mines on a node, not through btcnet; returns what the status says when it shows the height. */
async function mineByHand(blocks: number): Promise<BitcoinNetwork> {
  await network.ask(0, 'generate', String(blocks));
  const height = await network.height(0);
  const begun = Date.now();
  const shown = await eventually(`status and condition show the height ${height}`, async () => {
    const resource = await network.resource();
    const synced = resource?.status?.conditions?.find(({ type }) => type === 'Synced');
    return (
      resource?.status?.chain?.height === height &&
      synced?.message === `3 of 3 nodes are at height ${height}.` &&
      resource
    );
  });
  console.log(`blocks mined by hand were in the status after ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  expect(shown.status?.chain?.tip).toBe(await network.ask(2, 'getbestblockhash'));
  return shown;
}

/** What another worker would ask with, and what it has asked so far. */
function anotherWorker() {
  const cluster = connectCluster({ kubeconfig: process.env['KUBECONFIG'] });
  const rpc = new RpcClient();
  const [calls, wakes, lines]: [string[], string[], string[]] = [[], [], []];
  let posts = 0;
  const counted: Cluster = {
    ...cluster,
    call: (call) => {
      calls.push(`${call.method} ${call.subject.kind}`);
      return cluster.call(call);
    },
  };
  const deps: RoundDeps = {
    cluster: counted,
    view: new ClusterView(counted, [namespace]),
    rpc: {
      ask: (...args) => {
        posts += 1;
        return rpc.ask(...args);
      },
    },
    log: { info: () => undefined, warn: (line) => lines.push(line), error: (line) => lines.push(line) },
    ownWrites: new OwnWrites(),
    defaults: { implementation: 'btcd' },
    now: Date.now,
    signals: {
      wake: (_namespace, _name, { why }) => {
        wakes.push(why);
        return Promise.resolve();
      },
    },
  };
  return { cluster, rpc, wakes, lines, deps, so: () => ({ posts, calls: [...calls] }) };
}

/** One network goes through all: each test starts where the one before ended. */
describe('the nodes’ own state', () => {
  test('blocks that are mined by kubectl exec are in the status, and cost the history of the workflow nothing', async () => {
    const before = await atRest();
    const { status } = await mineByHand(101);
    expect(status?.chain?.height).toBe(101);
    expect(status?.conditions?.map((one) => [one.type, one.status])).toEqual([
      ['Ready', 'True'],
      ['Peered', 'True'],
      ['Synced', 'True'],
    ]);
    expect(await atRest()).toBe(before);
  });

  test('two more that ask do no harm, and ask the API server for nothing while nothing changes', async () => {
    const { cluster, rpc, wakes, lines, ...counted } = anotherWorker();
    const stop = new AbortController();
    const asking = [1, 2].map(() => keepAsking(counted.deps, { isOwn: () => true, signal: stop.signal }));
    try {
      const before = await atRest();
      const { posts, calls } = counted.so();
      expect(posts).toBeGreaterThan(0);
      await eventually('both have asked all nodes twice more', () => Promise.resolve(counted.so().posts >= posts + 12));
      expect(counted.so().calls).toEqual(calls);
      const { status } = await mineByHand(1);
      expect(status?.conditions?.every((one) => one.status === 'True')).toBe(true);
      expect(await atRest()).toBe(before);
      expect([wakes, lines]).toEqual([[], []]);
    } finally {
      stop.abort();
      await Promise.all(asking);
      await Promise.all([rpc.close(), cluster.close()]);
    }
  });

  test('a connection that is cut by hand is made again', async () => {
    const before = await atRest();
    const peers = JSON.parse(await network.ask(0, 'getpeerinfo')) as { id: number }[];
    expect(peers).toHaveLength(2);
    await network.ask(0, 'node', 'disconnect', String(peers[0]?.id));
    const begun = Date.now();
    await eventually('the workflow was woken', async () => (await history()) !== before);
    await network.fullMesh(3);
    console.log(`a cut connection was there again after ${((Date.now() - begun) / 1000).toFixed(1)} s`);
    await network.converged(3);
  });

  test('a stranger that got in is shown out', async () => {
    const uid = (await network.resource())?.metadata.uid;
    const tls = await issueCertificate({ hosts: ['stranger'], now: new Date() });
    stranger = startBtcd(process.env['BTCNET_BTCD'] ?? '', BRIDGE_ADDRESS, tls, uid);
    await eventually('the stranger is among the peers', async () => {
      await network.ask(1, 'addnode', `${BRIDGE_ADDRESS}:${P2P_PORT}`, 'onetry').catch(() => undefined);
      return (await network.peersOf(1)).includes(BRIDGE_ADDRESS);
    });
    const begun = Date.now();
    await network.fullMesh(3);
    console.log(`a stranger was gone after ${((Date.now() - begun) / 1000).toFixed(1)} s`);
    await stranger.stop();
    await network.converged(3);
  });

  test('the networks are divided among more node watches, and among fewer, as the worker is told', async () => {
    await runWorker({ ...NO_TIMERS, BTCNET_NODE_WATCHES: '2' });
    await eventually(
      'the second node watch runs',
      async () => (await workflowStatus(nodeWatchWorkflowId(1)).catch(() => '')) === 'RUNNING',
    );
    await mineByHand(1);
    await runWorker(NO_TIMERS);
    await eventually(
      'the second node watch has completed',
      async () => (await workflowStatus(nodeWatchWorkflowId(1))) === 'COMPLETED',
    );
    await mineByHand(1);
  });

  test('a password that was changed while no worker ran reaches the nodes, though nobody tells', async () => {
    killWorker();
    const password = 'changed-while-nobody-looked';
    await network.kubectl(
      'patch',
      'secret',
      SECRET,
      '-p',
      JSON.stringify({ stringData: { [PASSWORD_KEY]: password } }),
    );
    await runWorker(NO_TIMERS);
    await eventually('the nodes are given the new password', async () => {
      const given = await network.kubectl(
        'get',
        'secret',
        nodeSecretName('watched'),
        '-o',
        `jsonpath={.data.${PASSWORD_KEY}}`,
      );
      return Buffer.from(given, 'base64').toString() === password;
    });
    await network.converged(3);
    await network.fullMesh(3);
  });

  test('a worker that is killed takes nothing with it: another asks the nodes', async () => {
    killWorker();
    await runWorker(NO_TIMERS);
    await mineByHand(1);
    await network.converged(3);
  });
});
