import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { down } from '../../deploy/local/down.ts';
import { stopRecorded } from '../../deploy/local/processes/stop.ts';
import { eventually, kubectl, makeNamespace, Network, removeNamespace, runWorker, temporal } from '../support/stack.ts';

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

test('what is asked for while the API server or the Temporal server is away is done when it is back', async () => {
  const network = new Network(namespace, 'patient');
  await network.declare(2);
  const { metadata } = await network.converged(2);
  await network.ask(0, 'generate', '2');
  await network.sameTip(2, 2);

  await stopRecorded('kube-apiserver');
  await temporal('workflow', 'signal', '--workflow-id', network.workflowId, '--name', 'scale', '--input', '3');
  await eventually('the Web UI says what is away', async () => {
    const details = await temporal('workflow', 'metadata', '--workflow-id', network.workflowId, '-o', 'json');
    return /Cannot look at the network.*ApiUnreachable.*the Kubernetes API did not answer/.test(details);
  });
  await runWorker();
  await network.converged(3);

  await stopRecorded('temporal');
  await network.scale(4);
  await runWorker();
  expect((await network.converged(4)).metadata.uid).toBe(metadata.uid);
  await network.sameTip(4, 2);
});
