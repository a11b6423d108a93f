import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { podName } from '../../workflows/names.ts';
import { eventually, killWorker, makeNamespace, Network, removeNamespace, runWorker } from '../support/stack.ts';

jest.setTimeout(240_000);

let namespace: string;
let network: Network;

beforeAll(async () => {
  await runWorker();
  namespace = await makeNamespace('killed');
  network = new Network(namespace, 'orphan');
});
afterAll(async () => {
  await runWorker();
  await removeNamespace(namespace);
});

const podCount = async (): Promise<number> =>
  (await network.remains()).filter((name) => name.startsWith('pod/')).length;

/** One network goes through all four: each test starts where the one before ended. */
test('a worker killed while it creates a network: another finishes it', async () => {
  await network.declare(3);
  await eventually('the first pods are being made', async () => (await podCount()) > 0);
  killWorker();
  await runWorker();
  await network.converged(3);
  await network.fullMesh(3);
});

test('a worker killed while it scales: the network ends as declared', async () => {
  await network.ask(0, 'generate', '5');
  await network.sameTip(3, 5);
  await network.scale(4);
  await eventually('the fourth pod is being made', async () => (await podCount()) === 4);
  killWorker();
  await network.scale(5);
  await runWorker();
  await network.converged(5);
  await network.fullMesh(5);
  await network.sameTip(5, 5);
});

test('a worker killed while it heals: the pod is connected again and has the chain', async () => {
  await network.kubectl('delete', 'pod', podName('orphan', 1), podName('orphan', 3), '--wait=false');
  killWorker();
  await eventually('both pods were replaced', async () => {
    const ready = await network.kubectl('get', 'pods', '-o', 'jsonpath={.items[*].status.containerStatuses[0].ready}');
    return ready === 'true true true true true';
  });
  await runWorker();
  await network.fullMesh(5);
  await network.sameTip(5, 5);
  await network.converged(5);
});

test('a worker killed while it deletes: nothing is left, and the workflow completes', async () => {
  await network.kubectl('delete', 'bitcoinnetwork', 'orphan', '--wait=false');
  killWorker();
  await runWorker();
  await eventually('nothing is left', async () => (await network.remains()).length === 0);
  expect(await network.resource()).toBeNull();
  await eventually('the workflow has completed', async () => (await network.workflowStatus()) === 'COMPLETED');
});

test('a network deleted while no worker runs: the next one completes its workflow', async () => {
  const unseen = new Network(namespace, 'unseen');
  await unseen.declare(1);
  await unseen.converged(1);
  killWorker();
  await unseen.kubectl('delete', 'bitcoinnetwork', 'unseen', '--wait=false');
  await eventually('nothing is left', async () => (await unseen.remains()).length === 0);
  await runWorker();
  await eventually('the workflow has completed', async () => (await unseen.workflowStatus()) === 'COMPLETED');
});
