import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { down } from '../../deploy/local/down.ts';
import { eventually, kubectl, makeNamespace, Network, removeNamespace, runWorker } from '../support/stack.ts';

jest.setTimeout(300_000);

let namespace: string;

beforeAll(async () => {
  await runWorker();
  namespace = await makeNamespace('restart');
});
afterAll(async () => {
  await removeNamespace(namespace);
});

test('after down and up the network and its workflow are there again; the chain that btcd forgot is reported', async () => {
  const network = new Network(namespace, 'lasting');
  await network.declare(3);
  const before = await network.converged(3);
  await network.ask(0, 'generate', '10');
  await network.sameTip(3, 10);
  await eventually('the status shows the height', async () => {
    await network.reconcile();
    return (await network.resource())?.status?.chain?.height === 10;
  });

  await down({ purge: false });
  await runWorker();

  const after = await eventually('it is there, peered, from height 0', async () => {
    const seen = await network.resource();
    return seen?.status?.chain?.height === 0 && seen;
  });
  expect(after.metadata.uid).toBe(before.metadata.uid);
  await network.converged(3);
  await network.fullMesh(3);
  await network.sameTip(3, 0);
  expect(await network.workflowStatus()).toBe('RUNNING');
  const events = await kubectl('-n', namespace, 'get', 'events', '-o', 'jsonpath={.items[*].reason}');
  expect(events.split(' ')).toContain('ChainLost');
});
