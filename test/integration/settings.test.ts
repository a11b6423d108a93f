import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { nodeWatchWorkflowId, podName, WATCH_WORKFLOW_ID } from '../../workflows/names.ts';
import {
  eventually,
  makeNamespace,
  Network,
  removeNamespace,
  runWorker,
  temporal,
  workflowStatus,
} from '../support/stack.ts';

jest.setTimeout(300_000);

let namespace: string;
let network: Network;

beforeEach(async () => {
  namespace = await makeNamespace('settings');
  network = new Network(namespace, 'steady');
});
afterEach(async () => {
  await removeNamespace(namespace);
});
afterAll(async () => {
  await runWorker();
});

/** The same life under settings that leave only one way to learn of a change. */
async function live(begin: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
  await network.declare(3);
  await begin();
  await network.converged(3);
  await network.ask(0, 'generate', '3');
  await network.sameTip(3, 3);

  await network.scale(4);
  await network.converged(4);
  await network.sameTip(4, 3);

  await network.kubectl('scale', 'statefulset', network.children.statefulSet, '--replicas=2');
  await eventually('replicas are put back', async () => {
    const replicas = await network.kubectl(
      'get',
      'statefulset',
      network.children.statefulSet,
      '-o',
      'jsonpath={.spec.replicas}',
    );
    return replicas === '4';
  });
  await network.kubectl('delete', 'pod', podName('steady', 1), '--wait=true');
  await network.fullMesh(4);
  await network.converged(4);

  await network.delete();
  await eventually('nothing is left', async () => (await network.remains()).length === 0);
  expect(await network.resource()).toBeNull();
  await eventually('the workflow has completed', async () => (await network.workflowStatus()) === 'COMPLETED');
}

describe('everything works', () => {
  test('with timers of an hour: the watch carries it', async () => {
    await runWorker({ BTCNET_RESYNC_MIN: '1h', BTCNET_RESYNC_MAX: '1h' });
    await live();
  });

  test('with the watch stopped and timers of five seconds: the timer carries it', async () => {
    await runWorker({ BTCNET_RESYNC_MIN: '5s', BTCNET_RESYNC_MAX: '5s', BTCNET_WATCH: 'off' });
    const watches = [WATCH_WORKFLOW_ID, nodeWatchWorkflowId(0)];
    for (const watch of watches) await temporal('workflow', 'terminate', '--workflow-id', watch);
    await live(() => network.follow());
    for (const watch of watches) expect(await workflowStatus(watch)).toBe('TERMINATED');
  });
});
