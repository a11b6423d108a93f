/** What clients of the original bitcoin controller see, whose nodes are Bitcoin Core's. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BitcoinNetwork } from '../../workflows/facts.ts';
import { API_VERSION, dnsName, podName } from '../../workflows/names.ts';
import { CORE } from '../support/node-software.ts';
import {
  CREDENTIALS,
  describeNetwork,
  eventually,
  kubectlApply,
  kubectlReplace,
  makeNamespace,
  Network,
  removeNamespace,
  runWorker,
  SECRET,
  tryKubectl,
} from '../support/stack.ts';

jest.setTimeout(240_000);

/** What the original promised: the lists of added nodes follow the status, and the children the resource. Milliseconds. */
const ENTRIES_FOLLOW_MS = 2_000;
const CHILDREN_FOLLOW_MS = 5_000;

let namespace: string;
let network: Network;

beforeAll(async () => {
  // Looks so often that writing without need would be seen.
  await runWorker({ ...(await CORE.workerSettings()), BTCNET_RESYNC_MIN: '1s', BTCNET_RESYNC_MAX: '2s' });
  namespace = await makeNamespace('original');
  network = new Network(namespace, 'my-network', CORE);
});
afterAll(async () => {
  await removeNamespace(namespace);
  await runWorker();
});

/** As the original's Go client sends it. */
const asSent = (name: string, nodes: number, secret: string): object => ({
  kind: 'BitcoinNetwork',
  apiVersion: API_VERSION,
  metadata: { name, namespace, creationTimestamp: null },
  spec: { nodes, secret },
  status: { nodes: null },
});

const object = async <T>(...what: string[]): Promise<T> =>
  JSON.parse(await network.kubectl('get', ...what, '-o', 'json')) as T;

/** The status as soon as it shows so many nodes, all of them ready. */
const shows = (nodes: number): Promise<BitcoinNetwork> =>
  eventually(`the status shows ${nodes} ready nodes`, async () => {
    const seen = await network.resource();
    const ready = seen?.status?.nodes?.filter((node) => node.ready) ?? [];
    return ready.length === nodes && seen?.status?.nodes?.length === nodes && seen;
  });

/** Looks once, when the time is up that the contract gives. */
async function everyNodeListsEveryOther(nodes: number): Promise<void> {
  await sleep(ENTRIES_FOLLOW_MS);
  const ordinals = Array.from({ length: nodes }, (_, ordinal) => ordinal);
  const lists = await Promise.all(ordinals.map((ordinal) => network.entriesOf(ordinal)));
  expect(lists.map((entries) => entries.map(({ addednode }) => addednode).sort())).toEqual(
    ordinals.map((ordinal) =>
      ordinals.filter((other) => other !== ordinal).map((other) => dnsName('my-network', other)),
    ),
  );
}

test('an empty Secret and a status without nodes are accepted', async () => {
  await kubectlApply(asSent('without-secret', 1, ''));
  const other = new Network(namespace, 'without-secret', CORE);
  await other.converged(1);
  expect(await other.ask(0, 'getblockcount')).toBe('0');
  await other.delete();
});

test('every node lists every other, one entry each, 2 s after the status shows that they are there', async () => {
  await kubectlApply(asSent('my-network', 3, SECRET));
  await shows(3);
  await everyNodeListsEveryOther(3);
});

test('the children have their names, labels and owner', async () => {
  interface Child {
    metadata: { labels: Record<string, string>; ownerReferences: { kind: string; uid: string; controller: boolean }[] };
  }
  const { metadata } = await object<BitcoinNetwork>('bitcoinnetwork', 'my-network');
  for (const what of ['service/my-network-svc', 'statefulset/my-network-sts']) {
    const child = await object<Child>(what);
    expect(child.metadata.ownerReferences).toEqual([
      expect.objectContaining({ kind: 'BitcoinNetwork', uid: metadata.uid, controller: true }),
    ]);
  }
  const pods = await object<{ items: { metadata: { name: string } }[] }>('pods', '-l', 'app=my-network');
  expect(pods.items.map((pod) => pod.metadata.name).sort()).toEqual([0, 1, 2].map((one) => podName('my-network', one)));
});

test('the container has its name, the credentials of the Secret and a configuration that bitcoin-cli reads', async () => {
  interface Pod {
    spec: { containers: { name: string; env: { name: string; valueFrom?: { secretKeyRef: object } }[] }[] };
  }
  const pod = podName('my-network', 0);
  const { containers } = (await object<Pod>('pod', pod)).spec;
  expect(containers.map(({ name }) => name)).toEqual(['my-network-sts-ctr']);
  for (const key of ['BC_RPC_USER', 'BC_RPC_PASSWORD']) {
    expect(containers[0]?.env).toContainEqual({ name: key, valueFrom: { secretKeyRef: { name: SECRET, key } } });
  }
  // The image has no shell, but it has Node.
  const inside = (script: string): Promise<string> => network.kubectl('exec', pod, '--', 'node', '-p', script);
  expect((await inside('[process.env.BC_RPC_USER, process.env.BC_RPC_PASSWORD].join()')).trim()).toBe(
    `${CREDENTIALS.user},${CREDENTIALS.password}`,
  );
  expect(await inside('fs.readFileSync("/bitcoin.conf", "utf8")')).toContain(`rpcuser=${CREDENTIALS.user}\n`);
  const answer = await network.kubectl(
    ...['exec', pod, '--', 'bitcoin-cli', '-regtest', '-conf=/bitcoin.conf', 'getblockchaininfo'],
  );
  expect(JSON.parse(answer)).toMatchObject({ chain: 'regtest', blocks: 0 });
});

test('the status has a line per node, in order, and nothing in it that was not there', async () => {
  const { status } = await shows(3);
  expect(status?.nodes?.map((node) => Object.keys(node).sort())).toEqual(
    [0, 1, 2].map(() => ['dnsName', 'ip', 'nodeName', 'ordinal', 'ready']),
  );
  const addresses = await Promise.all([0, 1, 2].map((ordinal) => network.addressOf(ordinal)));
  expect(status?.nodes).toEqual(
    [0, 1, 2].map((ordinal) => ({
      ordinal,
      ready: true,
      ip: addresses[ordinal],
      nodeName: podName('my-network', ordinal),
      dnsName: dnsName('my-network', ordinal),
    })),
  );
});

test('whoever updates what was read some time before meets no conflict, and the lists follow up and down', async () => {
  const early = await network.converged(3);
  const passes = async (): Promise<number> => (await describeNetwork(network.workflowId)).passes;
  const then = await passes();
  await eventually('the workflow has looked several times more', async () => (await passes()) >= then + 5);
  expect((await network.resource())?.metadata.resourceVersion).toBe(early.metadata.resourceVersion);

  await kubectlReplace({ ...early, spec: { ...early.spec, nodes: 4 } });
  await shows(4);
  await everyNodeListsEveryOther(4);

  const { spec, ...rest } = await network.converged(4);
  await kubectlReplace({ ...rest, spec: { ...spec, nodes: 2 } });
  await shows(2);
  await everyNodeListsEveryOther(2);
});

test('the service and the stateful set are gone 5 s after the resource was deleted', async () => {
  const { service, statefulSet } = network.children;
  await network.delete();
  await sleep(CHILDREN_FOLLOW_MS);
  for (const what of [`service/${service}`, `statefulset/${statefulSet}`]) {
    expect((await tryKubectl('-n', namespace, 'get', what)).stderr).toContain('NotFound');
  }
});
