import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  deleteSignal,
  mineUpdate,
  scaleSignal,
  setNodesAndWaitUpdate,
  setNodesUpdate,
} from '../../workflows/messages.ts';
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

/** A network of three nodes that has settled. */
const settled = (world: World) => eventually('the network settles', () => world.settled);

describe('messages', () => {
  test.each([[-1], [{ nodes: 'four' }], [null], [5001]])(
    'setNodes %j is refused before it reaches history',
    async (input) => {
      const world = new World();
      world.declare({ nodes: 1 });
      await withWorker(environment, world.activities(), async ({ start }) => {
        const network = await start();
        await settled(world);
        const refusal = await network.executeUpdate(setNodesUpdate, { args: [input] }).catch((error: unknown) => error);
        expect(refusal).toBeInstanceOf(WorkflowUpdateFailedError);
        expect(refusal).toMatchObject({
          cause: { type: 'InvalidNodes', message: expect.stringMatching(/^nodes must be /) },
        });
        const { events } = await network.fetchHistory();
        expect(events?.some((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toBe(false);
        expect(world.network?.spec.nodes).toBe(1);
      });
    },
  );

  test('a signal that makes no sense is told in an event and otherwise ignored', async () => {
    const world = new World();
    world.declare({ nodes: 1 });
    await withWorker(environment, world.activities(), async ({ start }) => {
      const network = await start();
      await settled(world);
      await network.signal(scaleSignal, { nodes: -3 });
      await eventually('an event names the field', () =>
        world.events.some((event) => event.includes('nodes must be from 0')),
      );
      await network.signal(scaleSignal, 2);
      await eventually('a bare number works', () => world.network?.spec.nodes === 2);
    });
  });

  test('setNodes returns when the wish is recorded, setNodesAndWait when the network has converged on it', async () => {
    const world = new World();
    world.declare({ nodes: 1 });
    await withWorker(environment, world.activities(), async ({ start }) => {
      const network = await start();
      expect(await network.executeUpdate(setNodesUpdate, { args: [{ nodes: 2 }] })).toMatchObject({ nodes: 2 });
      const result = await network.executeUpdate(setNodesAndWaitUpdate, { args: [{ nodes: 3 }] });
      expect(result).toMatchObject({ result: 'converged', nodes: 3, ready: 3 });
      expect(world.settled).toBe(true);
    });
  });

  test('a wait ends as superseded by a newer wish, and as deleted by a deletion', async () => {
    const world = new World();
    world.pullable = false;
    world.declare({ nodes: 1 });
    await withWorker(environment, world.activities(), async ({ start }) => {
      const network = await start();
      const first = network.executeUpdate(setNodesAndWaitUpdate, { args: [{ nodes: 2 }] });
      await eventually('the first wish is written', () => world.network?.spec.nodes === 2);
      const second = network.executeUpdate(setNodesAndWaitUpdate, { args: [{ nodes: 3 }] });
      expect(await first).toMatchObject({ result: 'superseded', nodes: 2 });
      await network.signal(deleteSignal);
      expect(await second).toMatchObject({ result: 'deleted' });
      await network.result();
    });
  });

  test('a wish that may not be written is refused with the cause, and the network goes on', async () => {
    const world = new World();
    world.declare({ nodes: 1 });
    world.failing.set('scaleNetwork', permanently('Forbidden', 'may not patch bitcoinnetworks/scale'));
    await withWorker(environment, world.activities(), async ({ start }) => {
      const network = await start();
      await settled(world);
      await expect(network.executeUpdate(setNodesAndWaitUpdate, { args: [2] })).rejects.toMatchObject({
        cause: { type: 'Forbidden' },
      });
      world.failing.clear();
      expect(await network.executeUpdate(setNodesAndWaitUpdate, { args: [2] })).toMatchObject({ result: 'converged' });
    });
  });

  test('a wish that cannot be written for the moment is tried again soon, however settled the network is', async () => {
    const world = new World();
    world.declare({ nodes: 1 });
    await withWorker(environment, world.activities(), async ({ start }) => {
      const network = await start();
      await settled(world);
      world.failing.set('scaleNetwork', new Error('the API server is away'));
      await network.signal(scaleSignal, 2);
      // One step tries four times; the fifth call is the workflow's own second attempt.
      await eventually('the workflow tries again', () => world.callsOf('scaleNetwork') >= 5);
      world.failing.clear();
      await eventually('the wish is written', () => world.network?.spec.nodes === 2 && world.settled);
    });
  });

  test('mine returns height and tip; nonsense is refused', async () => {
    const world = new World();
    world.declare({ nodes: 1 });
    await withWorker(environment, world.activities(), async ({ start }) => {
      const network = await start();
      await settled(world);
      expect(await network.executeUpdate(mineUpdate, { args: [{ blocks: 101 }] })).toMatchObject({ height: 101 });
      await eventually('the status shows the height', () => world.network?.status?.chain?.height === 101);
      await expect(network.executeUpdate(mineUpdate, { args: [{ blocks: 0 }] })).rejects.toMatchObject({
        cause: { type: 'InvalidMineRequest' },
      });
    });
  });
});
