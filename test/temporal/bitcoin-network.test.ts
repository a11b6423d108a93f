import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  deleteSignal,
  describeQuery,
  reconcileSignal,
  scaleSignal,
  setNodesAndWaitUpdate,
} from '../../workflows/messages.ts';
import { aPod } from '../support/facts.ts';
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

describe('a network', () => {
  test('is made from a start spec, scaled by a signal, and gone after delete', async () => {
    const world = new World();
    await withWorker(environment, world.activities(), async ({ start }) => {
      const network = await start({ spec: { nodes: 3 } });
      await settled(world);
      expect(world.network?.status?.nodes).toHaveLength(3);

      await network.signal(scaleSignal, { nodes: 4 });
      await eventually('four nodes are declared and settled', () => world.settled && world.pods.length === 4);
      // The status is written at the end of a pass, and only the next one finds nothing to do.
      await eventually('it says so', async () => (await network.query(describeQuery)).phase === 'Settled');
      expect(await network.query(describeQuery)).toMatchObject({ nodes: 4, ready: 4 });

      await network.signal(deleteSignal);
      expect(await network.result()).toMatchObject({
        objects: ['Service/my-network-svc', 'StatefulSet/my-network-sts'],
      });
      expect(world.network).toBeNull();
    });
  });

  test('that exists already wins over a start spec, and says so', async () => {
    const world = new World();
    world.declare({ nodes: 2 });
    await withWorker(environment, world.activities(), async ({ start }) => {
      await start({ spec: { nodes: 5 } });
      await settled(world);
      expect(world.network?.spec.nodes).toBe(2);
      await eventually('an event tells of it', () => world.events.some((event) => event.startsWith('MessageIgnored')));
      expect(world.callsOf('createNetwork')).toBe(0);
    });
  });

  test('that the API server refuses fails its workflow with the cause', async () => {
    const world = new World();
    world.failing.set('createNetwork', permanently('Invalid', 'spec.nodes: must be at most 5000'));
    await withWorker(environment, world.activities(), async ({ start }) => {
      const network = await start({ spec: { nodes: 9999 } });
      await expect(network.result()).rejects.toMatchObject({ cause: { type: 'Invalid' } });
    });
  });

  test('that is not there and not asked for ends at once, having removed nothing', async () => {
    const world = new World();
    await withWorker(environment, world.activities(), async ({ start }) => {
      const network = await start();
      expect(await network.result()).toMatchObject({ objects: [], message: 'There was nothing to remove.' });
    });
  });

  test('follows a change of the resource when it is told to look', async () => {
    const world = new World();
    world.declare({ nodes: 1 });
    await withWorker(environment, world.activities(), async ({ start }) => {
      const network = await start();
      await settled(world);
      world.change({ nodes: 3 });
      await network.signal(reconcileSignal, 'the test changed it');
      await eventually('three nodes are ready', () => world.settled && world.pods.length === 3);
    });
  });

  test('connects a replaced pod again', async () => {
    const world = new World();
    world.declare({ nodes: 3 });
    await withWorker(environment, world.activities(), async ({ start }) => {
      const network = await start();
      await settled(world);
      const before = world.callsOf('syncPeers');
      world.replacePod(1);
      await network.signal(reconcileSignal, 'a pod was replaced');
      await eventually('it is settled again', () => world.settled && world.callsOf('syncPeers') > before);
    });
  });

  test('replaces outdated nodes one after the other, the highest first, and settles', async () => {
    const world = new World();
    world.declare({ nodes: 3 });
    await withWorker(environment, world.activities(), async ({ start }) => {
      const network = await start();
      await settled(world);
      expect(world.callsOf('rollNode')).toBe(0);
      world.outdate();
      await network.signal(reconcileSignal, 'the image has changed');
      await eventually('all three are replaced and settled', () => world.settled && world.rolled.length === 3);
      expect(world.rolled).toEqual([2, 1, 0]);
      expect(world.connectedAtRolls).toEqual([true, true, true]);
      await eventually('its workflow says so', async () => (await network.query(describeQuery)).phase === 'Settled');
    });
  });

  test('that may not replace a node says so, and everything else goes on', async () => {
    const world = new World();
    world.declare({ nodes: 2 });
    await withWorker(environment, world.activities(), async ({ start }) => {
      const network = await start();
      await settled(world);
      world.failing.set('rollNode', permanently('Forbidden', 'may not delete pods'));
      world.outdate();
      await network.signal(reconcileSignal, 'the image has changed');
      const ready = () => world.network?.status?.conditions?.find(({ type }) => type === 'Ready');
      await eventually('the condition names the trouble', () => ready()?.reason === 'CannotRoll');
      expect(ready()).toMatchObject({ status: 'True', message: expect.stringContaining('may not delete pods') });
      await network.signal(scaleSignal, 3);
      await eventually('it has grown', () => world.pods.length === 3);
      world.failing.clear();
      await network.signal(reconcileSignal, 'it may now');
      await eventually('both are replaced', () => world.settled && world.rolled.length === 2);
    });
  });

  test('deleted and created again under its name is begun afresh', async () => {
    const world = new World();
    world.declare({ nodes: 2 });
    await withWorker(environment, world.activities(), async ({ start }) => {
      const network = await start();
      await settled(world);
      world.vanish();
      world.declare({ nodes: 1 });
      await network.signal(reconcileSignal, 'created again');
      await eventually('the new network settles', () => world.settled && world.pods.length === 1);
      const again = environment.client.workflow.getHandle(network.workflowId);
      expect(await again.query(describeQuery)).toMatchObject({ uid: 'uid-2', nodes: 1 });
    });
  });
});

test('a network that is created again while its workflow is about to end is followed by it', async () => {
  const world = new World();
  world.declare({ nodes: 2 });
  await withWorker(environment, world.activities(), async ({ workflowId, start }) => {
    const network = environment.client.workflow.getHandle(workflowId);
    world.whenRemoved = async () => {
      world.declare({ nodes: 1 });
      await network.signal(reconcileSignal, 'network appeared');
    };
    await start();
    await settled(world);
    await network.signal(deleteSignal);
    await eventually('the second network is there', () => world.network?.metadata.uid === 'uid-2');
    await settled(world);
    expect(world.pods).toHaveLength(1);
    await eventually('it says so', async () => (await network.query(describeQuery)).phase === 'Settled');
    expect(await network.query(describeQuery)).toMatchObject({ uid: 'uid-2' });
  });
});

describe('a pass', () => {
  test('never blocks: while an image cannot be pulled, scale and delete work', async () => {
    const world = new World();
    world.pullable = false;
    world.declare({ nodes: 1 });
    await withWorker(environment, world.activities(), async ({ start }) => {
      const network = await start();
      await eventually('the status tells why', () => world.condition('Ready') === 'False');
      expect(world.network?.status?.conditions?.[0]?.reason).toBe('ImagePullFailed');
      await network.signal(scaleSignal, 2);
      await eventually('the stateful set follows', () => world.replicas === 2);
      await network.signal(deleteSignal);
      await network.result();
      expect(world.network).toBeNull();
    });
  });

  test('waits longer and longer for a network that cannot be removed, and still answers', async () => {
    const world = new World();
    world.declare({ nodes: 1 });
    const stuck = { ...world.activities(), removeNetwork: () => Promise.resolve({ gone: false, removed: [] }) };
    await withWorker(environment, stuck, async ({ start }) => {
      const network = await start();
      await settled(world);
      await network.signal(deleteSignal);
      await eventually('it is being deleted', async () => (await network.query(describeQuery)).phase === 'Deleting');
      await eventually('it pauses before it tries again', async () => {
        const { events } = await network.fetchHistory();
        const timers = events?.filter((event) => event.timerStartedEventAttributes) ?? [];
        return timers.some(
          (timer) => Buffer.from(timer.userMetadata?.summary?.data ?? []).toString() === '"Try again"',
        );
      });
    });
  });

  test('turns a step that fails into a condition, goes on with the others, and heals when it is mended', async () => {
    const world = new World();
    world.resync = { minMs: 50, maxMs: 200 };
    world.declare({ nodes: 2 });
    world.failing.set('ensureCredentials', permanently('SecretMissing', 'Secret default/x is missing.'));
    await withWorker(environment, world.activities(), async ({ start }) => {
      const network = await start();
      await eventually(
        'the condition names the reason',
        () => world.network?.status?.conditions?.[0]?.reason === 'SecretMissing',
      );
      expect(world.replicas).toBe(2);
      expect(await network.query(describeQuery)).toMatchObject({
        failures: { ensureCredentials: { reason: 'SecretMissing' } },
      });
      world.failing.clear();
      await settled(world);
      await eventually('it is forgotten', async () => {
        const { failures } = await network.query(describeQuery);
        return Object.keys(failures).length === 0;
      });
    });
  });

  test('shows in the Web UI what each activity and timer is for', async () => {
    const world = new World();
    world.declare({ nodes: 2 });
    await withWorker(environment, world.activities(), async ({ start }) => {
      const network = await start();
      await settled(world);
      await eventually(
        'it pauses',
        async () => (await network.fetchHistory()).events?.at(-1)?.timerStartedEventAttributes != null || true,
      );
      await network.signal(reconcileSignal, 'look');
      await eventually('a timer was started', async () => {
        const { events } = await network.fetchHistory();
        return events?.some((event) => event.timerStartedEventAttributes) ?? false;
      });
      const { events = [] } = await network.fetchHistory();
      const shown = (events ?? []).filter(
        (e) => e.activityTaskScheduledEventAttributes ?? e.timerStartedEventAttributes,
      );
      expect(shown.length).toBeGreaterThan(3);
      expect(shown.filter((event) => !event.userMetadata?.summary?.data?.length)).toEqual([]);
      const { memo } = await network.describe();
      expect(memo).toMatchObject({ nodes: 2 });
    });
  });
});

describe('a long history', () => {
  test('is continued as new without losing a message or applying one twice', async () => {
    const world = new World();
    world.declare({ nodes: 1 });
    await withWorker(environment, world.activities(), async ({ start }) => {
      const network = await start({ historyLimit: 40 });
      const first = network.firstExecutionRunId;
      const follow = environment.client.workflow.getHandle(network.workflowId);
      await settled(world);
      for (let nodes = 2; nodes <= 12; nodes += 1) {
        await follow.signal(scaleSignal, nodes);
        await eventually(`${nodes} nodes are declared`, () => world.network?.spec.nodes === nodes);
      }
      await eventually('it settles', () => world.settled && world.pods.length === 12);
      expect(world.callsOf('scaleNetwork')).toBe(11);
      const { runId } = await follow.describe();
      expect(runId).not.toBe(first);
      expect(await follow.query(describeQuery)).toMatchObject({ nodes: 12 });
      expect(await follow.query(describeQuery)).toHaveProperty('passes', expect.any(Number));
    });
  });

  test('tells whoever waits to ask again', async () => {
    const world = new World();
    world.pullable = false;
    world.declare({ nodes: 1 });
    await withWorker(environment, world.activities(), async ({ start }) => {
      const network = await start({ historyLimit: 60 });
      const follow = environment.client.workflow.getHandle(network.workflowId);
      const wait = follow.executeUpdate(setNodesAndWaitUpdate, { args: [2] });
      await eventually('the wish is written', () => world.network?.spec.nodes === 2);
      for (let signal = 0; signal < 40; signal += 1) await follow.signal(reconcileSignal, 'look');
      expect(await wait).toMatchObject({ result: 'continued-as-new' });
    });
  });

  test('is continued as new early when nobody waits, and not while somebody does', async () => {
    const world = new World();
    world.pullable = false;
    world.declare({ nodes: 1 });
    await withWorker(environment, world.activities(), async ({ start }) => {
      const network = await start({ restLimit: 60 });
      const first = network.firstExecutionRunId;
      const follow = environment.client.workflow.getHandle(network.workflowId);
      const wait = follow.executeUpdate(setNodesAndWaitUpdate, { args: [2] });
      await eventually('the wish is written', () => world.network?.spec.nodes === 2);
      for (let signal = 0; signal < 40; signal += 1) await follow.signal(reconcileSignal, 'look');
      await eventually('the history is long', async () => (await follow.describe()).historyLength > 60);
      expect((await follow.describe()).runId).toBe(first);
      world.pullable = true;
      world.pods = [aPod(0), aPod(1, { ip: '10.0.0.2' })];
      await follow.signal(reconcileSignal, 'look');
      expect(await wait).toMatchObject({ result: 'converged', nodes: 2 });
      await follow.signal(reconcileSignal, 'look');
      await eventually('it goes on in a new run', async () => (await follow.describe()).runId !== first);
      await eventually('that has looked', async () => (await follow.query(describeQuery)).nodes === 2);
    });
  });
});
