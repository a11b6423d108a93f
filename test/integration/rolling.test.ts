import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { connectCluster } from '../../activities/kubernetes/cluster.ts';
import type { Cluster } from '../../activities/kubernetes/cluster.ts';
import { SOURCE_ANNOTATION } from '../../activities/kubernetes/manifests/node-secret.ts';
import { NODE_KEYS } from '../../activities/kubernetes/manifests/node-files.ts';
import { endpointOf } from '../../activities/kubernetes/node-source.ts';
import { get, list, NETWORKS, PODS, SECRETS, STATEFUL_SETS } from '../../activities/kubernetes/objects.ts';
import type { LivePod } from '../../activities/kubernetes/objects.ts';
import { podFacts } from '../../activities/kubernetes/pods.ts';
import { valueOf } from '../../activities/kubernetes/source-secret.ts';
import { NetworkAccess } from '../../activities/bitcoin/endpoint.ts';
import { RpcFault } from '../../activities/bitcoin/rpc-fault.ts';
import { RpcClient } from '../../activities/bitcoin/rpc.ts';
import type { BitcoinNetwork, PodFacts } from '../../workflows/facts.ts';
import { nodeSecretName, selectorText, statefulSetName } from '../../workflows/names.ts';
import {
  btcnet,
  CREDENTIALS,
  eventually,
  kubectl,
  makeNamespace,
  Network,
  removeNamespace,
  runWorker,
  SECRET,
} from '../support/stack.ts';

jest.setTimeout(240_000);

const NODES = 4;
const HEIGHT = 20;
const NEW_PASSWORD = 'canary-password-7011ed';
/** Nothing is there, and a name that ends in `.invalid` never will be (RFC 2606). */
const NO_IMAGE = 'registry.invalid/btcd:none';

let namespace: string;
let network: Network;
let cluster: Cluster;
const rpc = new RpcClient();

beforeAll(async () => {
  await runWorker();
  cluster = connectCluster({ kubeconfig: process.env['KUBECONFIG'] });
  namespace = await makeNamespace('rolling');
  network = new Network(namespace, 'steady');
  await network.declare(NODES);
  await network.converged(NODES);
  await btcnet('-n', namespace, 'mine', 'steady', String(HEIGHT));
  await network.sameTip(NODES, HEIGHT);
  await network.converged(NODES);
});
afterAll(async () => {
  await removeNamespace(namespace);
  await Promise.all([cluster.close(), rpc.close()]);
});

async function livePods(): Promise<LivePod[]> {
  const keep = (pod: LivePod): LivePod => pod;
  return (await list(cluster, PODS, { namespace, labelSelector: selectorText('steady'), keep })).items;
}
const factsOf = (pods: readonly LivePod[]): PodFacts[] => pods.flatMap((pod) => podFacts('steady', pod) ?? []);
const serving = (pods: readonly LivePod[]): PodFacts[] =>
  factsOf(pods).filter(({ ready, terminating }) => ready && !terminating);
const uids = async (): Promise<string[]> => (await livePods()).map(({ metadata }) => metadata.uid).sort();
const resource = async (): Promise<BitcoinNetwork> => {
  const found = await get(cluster, NETWORKS, namespace, 'steady');
  if (found === null) throw new Error('the network is gone');
  return found;
};
const reasonOf = ({ status }: BitcoinNetwork): string | undefined =>
  status?.conditions?.find(({ type }) => type === 'Ready')?.reason;
const eventsOf = async (reason: string): Promise<string[]> =>
  (
    await network.kubectl('get', 'events', '--field-selector', `reason=${reason}`, '-o', 'jsonpath={.items[*].message}')
  ).split('Pod ');

/** Samples from outside for as long as something goes on: pods and status by the API, heights by asking nodes. */
class Witness {
  /** Nodes that were Ready and not on their way out, sample by sample. */
  readonly ready: number[] = [];
  /** The best height that any node answered, and the one that the status showed. */
  readonly heights: number[] = [];
  readonly reported: number[] = [];
  #over = false;

  async during<T>(story: Promise<T>): Promise<T> {
    const watching = [this.#pods(), this.#nodes()];
    try {
      return await story;
    } finally {
      this.#over = true;
      await Promise.all(watching);
    }
  }

  async #pods(): Promise<void> {
    while (!this.#over) {
      const [pods, { status }] = await Promise.all([livePods(), resource()]);
      this.ready.push(serving(pods).length);
      if (status?.chain) this.reported.push(status.chain.height);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #nodes(): Promise<void> {
    while (!this.#over) {
      const asked = serving(await livePods()).map(({ ordinal }) => network.height(ordinal).catch(() => -1));
      this.heights.push(Math.max(...(await Promise.all(asked))));
    }
  }
}

async function passesOf(): Promise<number> {
  const described = JSON.parse(await btcnet('-n', namespace, 'describe', 'steady', '-o', 'json')) as {
    workflow: { passes: number };
  };
  return described.workflow.passes;
}

/** What a node answers to these credentials: a height, or why not. */
async function heightWith(password: string, ordinal: number): Promise<unknown> {
  const [pods, live, secret] = await Promise.all([
    livePods(),
    resource(),
    get(cluster, SECRETS, namespace, nodeSecretName('steady')),
  ]);
  const pod = factsOf(pods).find((one) => one.ordinal === ordinal);
  if (pod === undefined) throw new Error('there is no such pod');
  const { uid } = live.metadata;
  const ca = secret === null ? null : valueOf(secret, NODE_KEYS.ca);
  const access = new NetworkAccess({ networkUid: uid, user: CREDENTIALS.user, password, ca });
  try {
    const [answer] = await rpc.ask(endpointOf(live, pod), access, [{ method: 'getblockcount', params: [] }]);
    return answer;
  } catch (error) {
    return error instanceof RpcFault ? error.reason : error;
  }
}

const changeSecret = (password: string): Promise<string> =>
  network.kubectl('patch', 'secret', SECRET, '-p', JSON.stringify({ stringData: { BC_RPC_PASSWORD: password } }));

test('a label of the Secret, as tools set them, replaces nobody', async () => {
  const before = await uids();
  const set = await get(cluster, STATEFUL_SETS, namespace, statefulSetName('steady'));
  await network.kubectl('label', 'secret', SECRET, 'touched-by=a-tool');
  const { resourceVersion, uid } = (await get(cluster, SECRETS, namespace, SECRET))?.metadata ?? {};
  await network.reconcile();
  await eventually('the new version of the Secret was seen', async () => {
    const node = await get(cluster, SECRETS, namespace, nodeSecretName('steady'));
    return node?.metadata.annotations?.[SOURCE_ANNOTATION] === `${uid ?? ''}/${resourceVersion ?? ''}`;
  });
  await network.converged(NODES);
  const now = await get(cluster, STATEFUL_SETS, namespace, statefulSetName('steady'));
  expect(now?.status?.updateRevision).toBe(set?.status?.updateRevision);
  expect(await uids()).toEqual(before);
  expect(await resource()).toMatchObject({ status: { updatedNodes: NODES } });
});

test('a changed password rolls through all nodes: never fewer than three are Ready, and the height never falls', async () => {
  const before = await uids();
  const witness = new Witness();
  await witness.during(
    (async () => {
      await changeSecret(NEW_PASSWORD);
      await network.reconcile();
      await eventually('every node was replaced', async () => {
        const now = await uids();
        return now.length === NODES && now.every((uid) => !before.includes(uid));
      });
      await network.converged(NODES);
    })(),
  );
  expect(Math.min(...witness.ready)).toBe(NODES - 1);
  expect(Math.min(...witness.heights)).toBe(HEIGHT);
  expect(new Set(witness.reported)).toEqual(new Set([HEIGHT]));
  await network.sameTip(NODES, HEIGHT);
  await network.fullMesh(NODES);
});

test('afterwards every node takes the new password, refuses the old one, and nothing remembers that', async () => {
  for (const ordinal of [0, 1, 2, 3]) {
    expect(await heightWith(NEW_PASSWORD, ordinal)).toEqual({ ok: true, result: HEIGHT });
    expect(await heightWith(CREDENTIALS.password, ordinal)).toBe('Unauthorized');
  }
  const shown = JSON.parse(await btcnet('-n', namespace, 'credentials', 'steady', '-o', 'json')) as object;
  expect(shown).toMatchObject({ ...CREDENTIALS, password: NEW_PASSWORD, secret: SECRET, outdatedNodes: 0 });
  await eventually('the earlier credentials are forgotten', async () => {
    const node = await get(cluster, SECRETS, namespace, nodeSecretName('steady'));
    return node !== null && valueOf(node, NODE_KEYS.earlier) === null;
  });
  expect(await uids()).toHaveLength(NODES);
});

test('its events name every node that was replaced, from the last to the first, and why; and say when it is over', async () => {
  const rolled = (await eventsOf('NodeRolled')).filter((message) => message !== '');
  expect(rolled.map((message) => message.slice(0, 'steady-sts-0'.length)).sort()).toEqual(
    [0, 1, 2, 3].map((ordinal) => `steady-sts-${ordinal}`),
  );
  for (const message of rolled) expect(message).toContain('the credentials have changed');
  expect((await eventsOf('NodesUpdated')).join()).not.toBe('');
});

test('an image that cannot be pulled costs exactly one node', async () => {
  const before = await uids();
  const witness = new Witness();
  await network.kubectl('patch', 'bitcoinnetwork', 'steady', '--type=merge', '-p', `{"spec":{"image":"${NO_IMAGE}"}}`);
  await witness.during(
    (async () => {
      await eventually('the condition names the image', async () => reasonOf(await resource()) === 'ImagePullBackOff');
      const looks = await passesOf();
      await eventually('it has looked twice more', async () => {
        await network.reconcile();
        return (await passesOf()) >= looks + 2;
      });
    })(),
  );
  expect(Math.min(...witness.ready)).toBe(NODES - 1);
  expect(Math.min(...witness.heights)).toBe(HEIGHT);
  const now = await uids();
  expect(before.filter((uid) => !now.includes(uid))).toHaveLength(1);
  expect(await resource()).toMatchObject({ status: { updatedNodes: 1, readyNodes: NODES - 1 } });
});

test('once the image is corrected the network heals by itself, and has kept its chain', async () => {
  const witness = new Witness();
  await witness.during(
    (async () => {
      await network.kubectl(
        'patch',
        'bitcoinnetwork',
        'steady',
        '--type=json',
        '-p',
        '[{"op":"remove","path":"/spec/image"}]',
      );
      await network.converged(NODES);
    })(),
  );
  expect(Math.min(...witness.ready)).toBe(NODES - 1);
  await network.sameTip(NODES, HEIGHT);
  expect(await resource()).toMatchObject({ status: { updatedNodes: NODES, chain: { height: HEIGHT } } });
});

test('`kubectl rollout restart` replaces the nodes one at a time as well', async () => {
  const before = await uids();
  const witness = new Witness();
  await network.kubectl('rollout', 'restart', `statefulset/${statefulSetName('steady')}`);
  await witness.during(
    eventually('every node was replaced, and the network is well', async () => {
      const [now, { status }] = await Promise.all([uids(), resource()]);
      const well = status?.updatedNodes === NODES && status.conditions?.every((one) => one.status === 'True');
      return now.length === NODES && now.every((uid) => !before.includes(uid)) && well;
    }),
  );
  expect(Math.min(...witness.ready)).toBe(NODES - 1);
  expect(Math.min(...witness.heights)).toBe(HEIGHT);
  expect(await kubectl('-n', namespace, 'get', 'events', '-o', 'jsonpath={.items[*].reason}')).not.toContain(
    'ChainLost',
  );
});
