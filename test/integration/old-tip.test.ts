import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { oldBlocks } from '../support/old-blocks.ts';
import { eventually, makeNamespace, Network, removeNamespace, runWorker } from '../support/stack.ts';

jest.setTimeout(240_000);

const HOUR_MS = 3_600_000;

let namespace: string;
let network: Network;

beforeAll(async () => {
  await runWorker();
  namespace = await makeNamespace('old-tip');
  network = new Network(namespace, 'sleepy');
});
afterAll(async () => {
  await removeNamespace(namespace);
});

const refresh = (on: boolean): Promise<string> =>
  network.kubectl('patch', 'bitcoinnetwork', 'sleepy', '--type=merge', '-p', `{"spec":{"refreshTip":${on}}}`);

const reasons = async (): Promise<string[]> =>
  (await network.kubectl('get', 'events', '-o', 'jsonpath={.items[*].reason}')).split(' ');

test('nodes whose newest block is 36 hours old give no chain to a new node: that is how btcd is', async () => {
  await network.declare(3);
  await refresh(false);
  await network.converged(3);
  for (const block of oldBlocks(5, new Date(Date.now() - 36 * HOUR_MS))) {
    for (const node of [0, 1, 2]) await network.ask(node, 'submitblock', block);
  }
  await network.sameTip(3, 5);
  await network.scale(4);
  await network.fullMesh(4);
  await eventually('the status says that one node is behind', async () => {
    const synced = (await network.resource())?.status?.conditions?.find(({ type }) => type === 'Synced');
    return synced?.reason === 'CatchingUp' && synced.message.startsWith('3 of 4');
  });
  expect(await network.height(3)).toBe(0);
  expect(await reasons()).not.toContain('TipRefreshed');
});

test('one block, mined because the newest is old, lets the new node reach the tip', async () => {
  await refresh(true);
  await network.sameTip(4, 6);
  await network.converged(4);
  expect(await reasons()).toContain('TipRefreshed');
});

test('and a fresh tip is left alone', async () => {
  await network.reconcile();
  await network.scale(3);
  await network.converged(3);
  await network.sameTip(3, 6);
  expect((await reasons()).filter((reason) => reason === 'TipRefreshed')).toHaveLength(1);
});
