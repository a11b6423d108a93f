/** Which look at the nodes each step is told to go on from. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '../../workflows/activities.ts';
import { describeQuery, mineUpdate, reconcileSignal } from '../../workflows/messages.ts';
import type { PeersReport } from '../../workflows/observation.ts';
import { devServer, eventually, withWorker } from '../support/temporal.ts';
import { World } from '../support/world.ts';

jest.setTimeout(60_000);

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await devServer();
});
afterAll(async () => {
  await environment.teardown();
});

/** The activities of a world whose looks have names, `1` and on; each step notes the one that it is told to go on from. */
function naming(world: World): { activities: Activities; steps: string[] } {
  const steps: string[] = [];
  let looks = 0;
  const named = <T extends PeersReport | null>(peers: T): T => peers && { ...peers, look: String(++looks) };
  const activities = world.activities();
  return {
    steps,
    activities: {
      ...activities,
      observe: async (input) => {
        const seen = await activities.observe(input);
        const peers = named(seen.peers);
        steps.push(`observe ${String(input.goesOnFrom)} -> ${peers?.look ?? 'none'}`);
        return { ...seen, peers };
      },
      syncPeers: async (input) => {
        const peers = named(await activities.syncPeers(input));
        steps.push(`syncPeers ${String(input.goesOnFrom)} -> ${peers?.look ?? 'none'}`);
        return peers;
      },
      mine: async (input) => {
        steps.push('mine');
        return activities.mine(input);
      },
    },
  };
}

test('the first look of a run that is continued as new goes on from the last one of the run before', async () => {
  const world = new World();
  const { activities, steps } = naming(world);
  await withWorker(environment, activities, async ({ start }) => {
    const network = await start({ spec: { nodes: 2 }, historyLimit: 1 });
    const follow = environment.client.workflow.getHandle(network.workflowId);
    await eventually('all is well', () => world.settled);
    const looked = steps.length;
    await follow.signal(reconcileSignal, 'again');
    await eventually('it looks again', () => steps.length > looked);
    expect((await follow.describe()).runId).not.toBe(network.firstExecutionRunId);
    expect(steps[looked]).toMatch(new RegExp(`^observe ${steps[looked - 1]?.split(' ')[3] ?? '?'} `));
  });
});

test('each step goes on from the look before it, and none from one before blocks were mined', async () => {
  const world = new World();
  const { activities, steps } = naming(world);
  await withWorker(environment, activities, async ({ start }) => {
    const network = await start({ spec: { nodes: 3 } });
    await eventually('all is well', async () => (await network.query(describeQuery)).phase === 'Settled');
    const at = steps.findIndex((step) => step.startsWith('syncPeers'));
    const [before, sync, after] = steps.slice(at - 1).map((step) => step.split(' '));
    expect(sync?.[1]).toBe(before?.[3]);
    expect(after?.slice(0, 2)).toEqual(['observe', sync?.[3]]);

    await network.executeUpdate(mineUpdate, { args: [{ blocks: 1 }] });
    await eventually('it looks after that', () => steps.indexOf('mine') < steps.length - 1);
    expect(steps[steps.indexOf('mine') + 1]).toMatch(/^observe null /);

    const looked = steps.length;
    await network.signal(reconcileSignal, 'again');
    await eventually('it looks again', () => steps.length > looked);
    expect(steps[looked]).toMatch(new RegExp(`^observe ${steps[looked - 1]?.split(' ')[3] ?? '?'} `));
  });
});
