/** Messages that arrive while a run continues as new: each is numbered, and each is accounted for. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { temporal } from '@temporalio/proto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '../../workflows/activities.ts';
import {
  deleteSignal,
  mineUpdate,
  scaleSignal,
  setNodesAndWaitUpdate,
  setNodesUpdate,
} from '../../workflows/messages.ts';
import { Handover } from '../support/handover.ts';
import { messagesIn, runsOf } from '../support/runs.ts';
import { devServer, eventually, withWorker, type Stage } from '../support/temporal.ts';
import { World } from '../support/world.ts';

jest.setTimeout(180_000);

const { WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND } = temporal.api.enums.v1.WorkflowTaskFailedCause;

/** Milliseconds in which an Update gets to the server, which tells nobody so while a run hands over. */
const SENT_MS = 100;

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await devServer();
});
afterAll(async () => {
  await environment.teardown();
});

/** A network that is looked at all the time, and a list of the numbers of nodes that were declared. */
function aRestlessNetwork(): { world: World; activities: Activities; written: number[] } {
  const world = new World();
  world.declare({ nodes: 1 });
  world.resync = { minMs: 50, maxMs: 50 };
  const activities = world.activities();
  const written: number[] = [];
  const scaleNetwork: Activities['scaleNetwork'] = (input) => {
    written.push(input.nodes);
    return activities.scaleNetwork(input);
  };
  return { world, written, activities: { ...activities, scaleNetwork } };
}

test('each message that arrives while a run hands over is answered, and applied once', async () => {
  const { world, activities, written } = aRestlessNetwork();
  const handover = new Handover();
  const story = async ({ start, workflowId }: Stage): Promise<void> => {
    // Every pass is the last one of its run.
    const { firstExecutionRunId } = await start({ historyLimit: 1 });
    const network = environment.client.workflow.getHandle(workflowId);
    /** The answer comes from a run that is still to begin. */
    const answered = <T>(send: () => Promise<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        const meanwhile = (): Promise<void> => {
          send().then(resolve, reject);
          return new Promise((sent) => setTimeout(sent, SENT_MS));
        };
        handover.during(meanwhile).catch(reject);
      });
    const areWritten = (...numbers: number[]): Promise<void> =>
      eventually(`${numbers.join()} are declared`, () => written.join() === numbers.join());
    const told = expect.stringMatching(/^(converged|continued-as-new)$/);

    await handover.during(() => network.signal(scaleSignal, 2));
    await areWritten(2);
    await handover.during(() => network.signal(scaleSignal, { nodes: -1 }));
    await eventually('an event tells of it', () => world.events.length === 1);
    expect(world.events[0]).toContain('not -1');
    expect(await answered(() => network.executeUpdate(setNodesUpdate, { args: [3] }))).toMatchObject({ nodes: 3 });
    await areWritten(2, 3);
    const mined = await answered(() => network.executeUpdate(mineUpdate, { args: [{ blocks: 100 }] }));
    expect(mined).toMatchObject({ blocks: 100, height: 100 });
    const four = await answered(() => network.executeUpdate(setNodesAndWaitUpdate, { args: [4] }));
    expect(four).toMatchObject({ nodes: 4, result: told });
    await areWritten(2, 3, 4);
    await handover.during(() => network.signal(scaleSignal, 5));
    await areWritten(2, 3, 4, 5);
    const last = await answered(() => network.executeUpdate(mineUpdate, { args: [{ blocks: 1 }] }));
    expect(last).toMatchObject({ height: 101 });
    await eventually('it is as it was asked for last', () => world.settled && world.pods.length === 5);
    expect([world.height, world.callsOf('mine'), world.events.length]).toEqual([101, 2, 1]);

    const runs = await runsOf(environment.client, workflowId, firstExecutionRunId);
    expect(messagesIn(runs).map(({ input }) => input)).toEqual([
      2,
      { nodes: -1 },
      3,
      { blocks: 100 },
      4,
      5,
      { blocks: 1 },
    ]);
    // That the signals came at the very boundary: the server refused to end a run that it had news for.
    const refused = runs.flatMap(({ events }) =>
      events.filter(
        ({ workflowTaskFailedEventAttributes: failed }) =>
          failed?.cause === WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
      ),
    );
    expect(refused.length).toBeGreaterThanOrEqual(3);
  };
  await withWorker(environment, activities, story, { dataConverter: { payloadCodecs: [handover] } });
});

test('a network that is to be deleted while a run hands over is removed by the next one', async () => {
  const { world, activities } = aRestlessNetwork();
  const handover = new Handover();
  const story = async ({ start, workflowId }: Stage): Promise<void> => {
    const { firstExecutionRunId } = await start({ historyLimit: 1 });
    const network = environment.client.workflow.getHandle(workflowId);
    await handover.during(() => network.signal(deleteSignal));
    await network.result();
    expect((await network.describe()).runId).not.toBe(firstExecutionRunId);
    expect(world.network).toBeNull();
    expect(world.callsOf('removeNetwork')).toBe(1);
  };
  await withWorker(environment, activities, story, { dataConverter: { payloadCodecs: [handover] } });
});

test('of many who ask at once while run follows run each is answered, none is applied twice, and the last one wins', async () => {
  const { world, activities, written } = aRestlessNetwork();
  await withWorker(environment, activities, async ({ start, workflowId }) => {
    const { firstExecutionRunId } = await start({ historyLimit: 30 });
    const network = environment.client.workflow.getHandle(workflowId);
    const numbers = Array.from({ length: 40 }, (_, number) => number + 2);
    const answers: Promise<{ nodes: number }>[] = [];
    for (const nodes of numbers) {
      const before = written.length;
      if (nodes % 10 === 0) answers.push(network.executeUpdate(setNodesAndWaitUpdate, { args: [nodes] }));
      else if (nodes % 10 === 5) answers.push(network.executeUpdate(setNodesUpdate, { args: [nodes] }));
      else await network.signal(scaleSignal, nodes);
      // Some come one by one, each to be written; others all at once.
      if (nodes % 8 === 0) await eventually(`${nodes} or a later one is declared`, () => written.length > before);
    }
    const answered = (await Promise.all(answers)).map(({ nodes }) => nodes);
    expect(answered).toEqual(numbers.filter((nodes) => nodes % 5 === 0));
    const asked = async (): Promise<unknown[]> =>
      messagesIn(await runsOf(environment.client, workflowId, firstExecutionRunId)).map(({ input }) => input);
    await eventually('the last one wins', async () => world.settled && world.pods.length === (await asked()).at(-1));

    // Updates may overtake each other on their way: what counts is the order in which they were taken.
    const taken = await asked();
    expect(taken.toSorted((one, other) => Number(one) - Number(other))).toEqual(numbers);
    expect(written).toEqual(taken.filter((nodes) => written.includes(Number(nodes))));
    expect(new Set(written).size).toBe(written.length);
    expect((await network.describe()).runId).not.toBe(firstExecutionRunId);
  });
});
