import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  btcnet,
  eventually,
  makeNamespace,
  makeSecret,
  Network,
  removeNamespace,
  runWorker,
  SECRET,
  temporal,
  tryTemporal,
} from '../support/stack.ts';

jest.setTimeout(240_000);

let namespace: string;
let network: Network;
const to = (): string[] => ['--workflow-id', network.workflowId];

beforeAll(async () => {
  await runWorker();
  namespace = await makeNamespace('cli');
  network = new Network(namespace, 'by-hand');
});
afterAll(async () => {
  await removeNamespace(namespace);
});

describe('the Temporal CLI alone', () => {
  test('starts a network from nothing', async () => {
    const input = JSON.stringify({ namespace, name: 'by-hand', spec: { nodes: 2, secret: SECRET } });
    await temporal(
      'workflow',
      'start',
      ...to(),
      '--type',
      'bitcoinNetwork',
      '--task-queue',
      'bitcoin-networks',
      '--input',
      input,
    );
    await network.converged(2);
    await network.fullMesh(2);
  });

  test('scales it by a signal, given as people type it', async () => {
    await temporal('workflow', 'signal', ...to(), '--name', 'scale', '--input', '{"nodes": 3}');
    await network.converged(3);
    await temporal('workflow', 'signal', ...to(), '--name', 'scale', '--input', '2');
    await network.converged(2);
  });

  test('scales it by an Update that returns when it has converged', async () => {
    const answer = await temporal(
      'workflow',
      'update',
      'execute',
      ...to(),
      '--name',
      'setNodesAndWait',
      '--input',
      '4',
      '-o',
      'json',
    );
    expect(answer).toContain('converged');
    expect((await network.resource())?.status?.readyNodes).toBe(4);
    await network.fullMesh(4);
  });

  test('is refused nonsense, naming the field', async () => {
    const refused = await tryTemporal(
      'workflow',
      'update',
      'execute',
      ...to(),
      '--name',
      'setNodes',
      '--input',
      '{"nodes": -1}',
    );
    expect(refused.code).not.toBe(0);
    expect(refused.stderr + refused.stdout).toContain('nodes must be from 0 to 5000');
    expect((await network.resource())?.spec.nodes).toBe(4);
  });

  test('sees its state by a query', async () => {
    const answer = await temporal('workflow', 'query', ...to(), '--type', 'describe', '-o', 'json');
    expect(JSON.stringify(JSON.parse(answer))).toContain('"Settled"');
  });

  test('mines', async () => {
    await temporal('workflow', 'update', 'execute', ...to(), '--name', 'mine', '--input', '{"blocks": 7}');
    await network.sameTip(4, 7);
  });

  test('takes it down; its result says what was removed', async () => {
    await temporal('workflow', 'signal', ...to(), '--name', 'delete');
    const result = await temporal('workflow', 'result', ...to());
    expect(result).toContain('by-hand-sts');
    expect(await network.resource()).toBeNull();
    await eventually('nothing is left', async () => (await network.remains()).length === 0);
  });
});

test('a cancelled or terminated workflow deletes nothing, and somebody who wakes it goes on', async () => {
  const kept = new Network(namespace, 'kept');
  await kept.declare(1);
  await kept.converged(1);
  await temporal('workflow', 'terminate', '--workflow-id', kept.workflowId, '--reason', 'a test');
  expect((await kept.resource())?.status?.readyNodes).toBe(1);
  await kept.scale(2);
  await kept.converged(2);
  await temporal('workflow', 'cancel', '--workflow-id', kept.workflowId);
  await eventually('it is cancelled', async () => (await kept.workflowStatus()) === 'CANCELED');
  expect((await kept.resource())?.spec.nodes).toBe(2);
  await kept.scale(3);
  await kept.converged(3);
});

test('a network in trouble is found in the list by the reason, and no longer once it is mended', async () => {
  const poor = new Network(namespace, 'poor');
  const listed = async (query: string): Promise<boolean> =>
    (await temporal('workflow', 'list', '--query', query, '-o', 'json')).includes(poor.workflowId);
  await btcnet('apply', poor.name, '-n', namespace, '--nodes', '1', '--secret', 'late');
  await eventually('it is listed with its reason', () => listed('BtcnetReason="SecretMissing"'));
  await makeSecret(namespace, 'late');
  await eventually('it is listed as settled', () => listed('BtcnetPhase="Settled"'));
  expect(await listed('BtcnetReason="SecretMissing"')).toBe(false);
});
