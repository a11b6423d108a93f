import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { mineUpdate, reconcileSignal, setNodesAndWaitUpdate } from '../../workflows/messages.ts';
import { devServer, eventually, withWorker } from '../support/temporal.ts';
import { permanently, World } from '../support/world.ts';

jest.setTimeout(60_000);

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await devServer();
});
afterAll(async () => {
  await environment.teardown();
});

/** What the Web UI shows as current details. */
async function detailsOf(network: WorkflowHandle): Promise<string> {
  const { currentDetails } = await network.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return currentDetails ?? '';
}

test('the details of a workflow tell the story of its network, and keep it when the run continues as new', async () => {
  const world = new World();
  world.resync = { minMs: 50, maxMs: 200 };
  world.declare({ nodes: 2 });
  world.failing.set('ensureCredentials', permanently('SecretMissing', 'Secret default/x is missing.'));
  await withWorker(environment, world.activities(), async ({ start, workflowId }) => {
    const first = await start({ historyLimit: 150 });
    const network = environment.client.workflow.getHandle(workflowId);
    await eventually('the failure is told', async () => (await detailsOf(network)).includes('**SecretMissing**'));
    world.failing.clear();
    await eventually('the network settles', () => world.settled);
    await network.executeUpdate(mineUpdate, { args: [{ blocks: 101 }] });
    await network.executeUpdate(setNodesAndWaitUpdate, { args: [3] });
    world.replacePod(1);
    await network.signal(reconcileSignal, 'a pod was replaced');
    await eventually('it continues as new', async () => {
      await network.signal(reconcileSignal, 'look');
      return (await network.describe()).runId !== first.firstExecutionRunId;
    });
    await eventually('it is well', async () => (await detailsOf(network)).startsWith('**Settled** 3 of 3 ready'));
    const told = `${(await detailsOf(network)).replaceAll(/`[^`]*` /g, '')}\n`;
    for (const line of [
      '✗ Create the Secret my-network-node of the nodes: **SecretMissing** Secret default/x is missing.',
      '✓ Create the StatefulSet my-network-sts with 2 nodes',
      '✓ Create the Secret my-network-node of the nodes',
      '✓ Connect the nodes: 1 of 1 connections, height 0',
      '✓ Mine 101 blocks on node 0: height 101',
      'Somebody asks for 3 nodes',
      '✓ Scale the StatefulSet my-network-sts from 2 to 3 nodes',
      '✓ Connect the nodes: 3 of 3 connections, height 101',
    ])
      expect(told).toContain(`\n- ${line}\n`);
  });
});
