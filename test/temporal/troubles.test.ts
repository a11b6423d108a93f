/** What a trouble that nobody mends costs in the history, and that it is noticed when somebody does. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { OwnWrites } from '../../activities/kubernetes/own-writes.ts';
import type { LivePod } from '../../activities/kubernetes/objects.ts';
import { podFacts } from '../../activities/kubernetes/pods.ts';
import { WatchMemory } from '../../activities/kubernetes/watch-memory.ts';
import { podSight } from '../../activities/kubernetes/watch-sight.ts';
import { reconcileSignal, scaleSignal } from '../../workflows/messages.ts';
import { containerName } from '../../workflows/names.ts';
import { aLivePod } from '../activities/kubernetes/live-objects.ts';
import { devServer, eventually, timeSkippingServer, withWorker } from '../support/temporal.ts';
import { permanently, World } from '../support/world.ts';

jest.setTimeout(120_000);

const MAX_EVENTS_A_DAY = 2_000;

/** Looks in a day at the default pause of ten minutes, the shortest that its spread allows. */
const LOOKS_A_DAY = (24 * 60) / 8;

describe('a day', () => {
  let environment: TestWorkflowEnvironment;
  beforeAll(async () => {
    environment = await timeSkippingServer();
  });
  afterAll(async () => {
    await environment.teardown();
  });

  /** Minutes between two attempts of the kubelet to pull an image, once it has given up hope. */
  const PULL_EVERY_MIN = 5;

  const pulling = (ordinal: number, reason: string): LivePod =>
    aLivePod(ordinal, {
      status: {
        podIP: `10.0.0.${ordinal + 1}`,
        containerStatuses: [{ name: containerName('my-network'), state: { waiting: { reason, message: reason } } }],
      },
    });

  test('with an image that cannot be pulled costs fewer than 2,000 events, whatever the kubelet shows of its attempts', async () => {
    const world = new World();
    world.resync = { minMs: 1_000, maxMs: 600_000 };
    world.pullable = false;
    world.declare({ nodes: 2 });
    const memory = new WatchMemory(new OwnWrites());
    // A wait would go by the clock of this machine, and the server skips no time meanwhile.
    const activities = { ...world.activities(), awaitPodReadiness: () => Promise.resolve('timed-out') };
    await withWorker(environment, activities, async ({ start }) => {
      const network = await start();
      /** What the kubelet writes reaches the watch, and the workflow if the watch finds it worth a wake. */
      const show = async (reason: string): Promise<number> => {
        const pods = [0, 1].map((ordinal) => pulling(ordinal, reason));
        world.pods = pods.flatMap((pod) => podFacts('my-network', pod) ?? []);
        const wakes = pods.flatMap((pod) =>
          memory.childChanged('Pod', { namespace: 'default', name: pod.metadata.name, sight: podSight(pod) }),
        );
        for (const { why } of wakes) await network.signal(reconcileSignal, why);
        return wakes.length;
      };
      await environment.sleep('1m');
      expect(await show('ErrImagePull')).toBe(2);
      for (let minute = 0; minute < 24 * 60; minute += PULL_EVERY_MIN) {
        await show('ImagePullBackOff');
        await environment.sleep(`${PULL_EVERY_MIN}m`);
        await show('ErrImagePull');
      }
      const { runId, historyLength } = await network.describe();
      expect(runId).toBe(network.firstExecutionRunId);
      expect(world.network?.status?.conditions?.[0]).toMatchObject({ status: 'False', reason: 'ImagePullBackOff' });
      expect(world.callsOf('observe')).toBeGreaterThan(24 * 6);
      expect(historyLength).toBeLessThan(MAX_EVENTS_A_DAY);

      await network.signal(scaleSignal, 3);
      await environment.sleep('1s');
      expect(world.replicas).toBe(3);
    });
  });

  test('in which the API server is away for an hour costs a few hundred events, and ends with a network that follows', async () => {
    const world = new World();
    world.resync = { minMs: 1_000, maxMs: 600_000 };
    world.declare({ nodes: 3 });
    await withWorker(environment, world.activities(), async ({ start }) => {
      const network = await start();
      await environment.sleep('12h');
      expect(world.settled).toBe(true);
      const { historyLength: before } = await network.describe();
      world.failing.set('observe', new Error('connect ECONNREFUSED'));
      await network.signal(scaleSignal, 4);
      await environment.sleep('1h');
      expect((await network.describe()).historyLength - before).toBeLessThan(600);
      expect(world.network?.spec.nodes).toBe(3);
      world.failing.clear();
      await environment.sleep('1m');
      expect(world.network?.spec.nodes).toBe(4);
      expect(world.settled && world.pods.length === 4).toBe(true);
    });
  });
});

describe('while nobody mends it,', () => {
  let environment: TestWorkflowEnvironment;
  beforeAll(async () => {
    environment = await devServer();
  });
  afterAll(async () => {
    await environment.teardown();
  });

  test.each<[what: string, spoil: (world: World) => void, mend: (world: World) => void, most: number]>([
    [
      'a Secret that is missing',
      (world) => {
        world.credentialsProblem = { reason: 'SecretMissing', message: 'The Secret default/x does not exist.' };
      },
      (world) => {
        world.credentialsProblem = null;
      },
      MAX_EVENTS_A_DAY,
    ],
    [
      'a node that refuses the credentials',
      (world) => world.refusing.add(1),
      (world) => {
        world.refusing.clear();
      },
      MAX_EVENTS_A_DAY,
    ],
    [
      "somebody else's Service of the name",
      (world) => {
        world.service = 'foreign';
      },
      (world) => {
        world.service = 'missing';
      },
      MAX_EVENTS_A_DAY,
    ],
    [
      'a right that is missing',
      (world) => world.failing.set('ensureService', permanently('Forbidden', 'may not create services')),
      (world) => {
        world.failing.clear();
      },
      2 * MAX_EVENTS_A_DAY,
    ],
  ])('%s costs few events a day, and heals without being told', async (_what, spoil, mend, most) => {
    const world = new World();
    // The same pace as by default, but every pause is a ten-thousandth of it.
    world.resync = { minMs: 10, maxMs: 60 };
    world.declare({ nodes: 3 });
    spoil(world);
    await withWorker(environment, world.activities(), async ({ start }) => {
      const network = await start();
      const looks = (count: number) => eventually(`${count} looks were made`, () => world.callsOf('observe') >= count);
      await looks(20);
      const [before, length] = [world.callsOf('observe'), (await network.describe()).historyLength];
      await looks(before + 30);
      const { historyLength } = await network.describe();
      const perLook = (historyLength - length) / (world.callsOf('observe') - before);
      expect(perLook * LOOKS_A_DAY).toBeLessThan(most);
      expect(world.settled).toBe(false);

      world.resync = { minMs: 3_600_000, maxMs: 3_600_000 };
      await network.signal(reconcileSignal, 'take up the longer pause');
      await eventually('it waits', () => world.calls.at(-1)?.startsWith('await') === true);
      mend(world);
      await eventually('the network settles', () => world.settled);
    });
  });
});
