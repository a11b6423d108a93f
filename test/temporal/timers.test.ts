import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { describeQuery, reconcileSignal } from '../../workflows/messages.ts';
import { timeSkippingServer, withWorker } from '../support/temporal.ts';
import { World } from '../support/world.ts';

jest.setTimeout(300_000);

const DAY_MS = 24 * 3_600_000;

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await timeSkippingServer();
});
afterAll(async () => {
  await environment.teardown();
});

test('a settled network backs off to one cheap look in ten minutes, and its history stays small', async () => {
  const world = new World();
  world.resync = { minMs: 1_000, maxMs: 600_000 };
  world.declare({ nodes: 3 });
  await withWorker(environment, world.activities(), async ({ start }) => {
    const network = await start();
    await environment.sleep(DAY_MS);
    expect(world.settled).toBe(true);
    const lengthOf = async (): Promise<number> => (await network.describe()).historyLength;
    const [looks, length] = [world.callsOf('observe'), await lengthOf()];

    await environment.sleep(DAY_MS);
    const perDay = world.callsOf('observe') - looks;
    expect(perDay).toBeGreaterThanOrEqual(144);
    expect(perDay).toBeLessThanOrEqual(180);
    expect((await lengthOf()) - length).toBeLessThanOrEqual(perDay * 6 + 6);
    expect(world.callsOf('syncPeers')).toBe(1);
  });
});

test('a settled network that is watched rests from the first look on: its first day costs what every day costs', async () => {
  const world = new World();
  world.resync = { minMs: 1_000, maxMs: 600_000, restMaxMs: 3_600_000 };
  world.declare({ nodes: 3 });
  await withWorker(environment, world.activities(), async ({ start }) => {
    const network = await start();
    await environment.sleep('1s');
    expect(world.settled).toBe(true);
    const [looks, { historyLength }] = [world.callsOf('observe'), await network.describe()];
    await environment.sleep(DAY_MS);
    const perDay = world.callsOf('observe') - looks;
    expect(perDay).toBeGreaterThanOrEqual(24);
    expect(perDay).toBeLessThanOrEqual(31);
    expect((await network.describe()).historyLength - historyLength).toBeLessThanOrEqual(perDay * 6 + 6);
  });
});

test('what no watch shows is found by the timer', async () => {
  const world = new World();
  world.resync = { minMs: 1_000, maxMs: 600_000 };
  world.declare({ nodes: 3 });
  await withWorker(environment, world.activities(), async ({ start }) => {
    const network = await start();
    await environment.sleep(DAY_MS);
    world.replacePod(1);
    await environment.sleep('11m');
    expect(world.settled).toBe(true);
    expect(world.callsOf('syncPeers')).toBe(2);
    expect(await network.query(describeQuery)).toMatchObject({ phase: 'Settled' });
  });
});

test('the newest block of a network that nobody uses never gets a day old, however long the network rests', async () => {
  const world = new World();
  world.resync = { minMs: 1_000, maxMs: 600_000, restMaxMs: 11 * 3_600_000 };
  world.now = () => environment.currentTimeMs();
  world.declare({ nodes: 3 });
  world.height = 101;
  world.tipMinedAt = new Date(await world.now()).toISOString();
  await withWorker(environment, world.activities(), async ({ start }) => {
    await start();
    for (let halfDay = 1; halfDay <= 10; halfDay += 1) {
      await environment.sleep(DAY_MS / 2);
      const age = (await world.now()) - Date.parse(world.tipMinedAt ?? '');
      expect(age).toBeLessThan(DAY_MS / 2 + 2 * 600_000);
    }
    expect(world.callsOf('refreshTip')).toBeGreaterThanOrEqual(9);
    expect(world.height).toBe(101 + world.callsOf('refreshTip'));
    expect(world.settled).toBe(true);
  });
});

test('weeks pass, runs continue as new, and the network still answers', async () => {
  const world = new World();
  world.resync = { minMs: 1_000, maxMs: 600_000 };
  world.declare({ nodes: 3 });
  await withWorker(environment, world.activities(), async ({ start }) => {
    const network = await start({ historyLimit: 600 });
    for (let day = 1; day <= 14; day += 1) await environment.sleep(DAY_MS);
    const follow = environment.client.workflow.getHandle(network.workflowId);
    const { runId, historyLength } = await follow.describe();
    expect(runId).not.toBe(network.firstExecutionRunId);
    expect(historyLength).toBeLessThan(700);
    world.change({ nodes: 4 });
    await follow.signal(reconcileSignal, 'changed');
    await environment.sleep('1m');
    expect(world.settled && world.pods.length === 4).toBe(true);
  });
});
