import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Context } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities, NodeWatchShard } from '../../workflows/activities.ts';
import type { watchNodes } from '../../workflows/index.ts';
import { NODE_WATCH_WORKFLOW } from '../../workflows/names.ts';
import type { NodeWatchInput } from '../../workflows/watch-nodes.ts';
import { devServer, eventually, withWorker, type Stage } from '../support/temporal.ts';

jest.setTimeout(60_000);

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await devServer();
});
afterAll(async () => {
  await environment.teardown();
});

/** Activities of which each call to watch is answered by the next answer; the last one is held. */
function answering(...answers: (() => Promise<{ shards: number; message: string }>)[]) {
  const asked: NodeWatchShard[] = [];
  const activities: Partial<Activities> = {
    identifyCluster: () => Promise.resolve('cluster-uid'),
    watchNodes: (input) => {
      const answer = answers[asked.length];
      asked.push(input);
      return answer ? answer() : Context.current().cancelled;
    },
  };
  return { asked, activities };
}

const shards = (count: number) => () => Promise.resolve({ shards: count, message: 'an hour is over' });

const start = ({ taskQueue, workflowId }: Stage, input?: NodeWatchInput) =>
  environment.client.workflow.start<typeof watchNodes>(NODE_WATCH_WORKFLOW, {
    taskQueue,
    workflowId,
    args: input ? [input] : [],
  });

describe('the workflow that has the nodes asked', () => {
  test('asks which cluster it is once, and goes on for ever with short histories', async () => {
    const { asked, activities } = answering(shards(1), shards(1));
    await withWorker(environment, activities, async (stage) => {
      const { firstExecutionRunId, workflowId } = await start(stage);
      await eventually('the third run asks', () => asked.length === 3);
      expect(asked).toEqual(Array.from({ length: 3 }, () => ({ cluster: 'cluster-uid', shard: 0, shards: 1 })));
      const { runId, historyLength } = await environment.client.workflow.getHandle(workflowId).describe();
      expect(runId).not.toBe(firstExecutionRunId);
      expect(historyLength).toBeLessThan(10);
    });
  });

  test('divides the networks as the workers are told to', async () => {
    const { asked, activities } = answering(shards(3));
    await withWorker(environment, activities, async (stage) => {
      await start(stage, { shard: 1, shards: 2 });
      await eventually('it goes on with another division', () => asked.length === 2);
      expect(asked[1]).toEqual({ cluster: 'cluster-uid', shard: 1, shards: 3 });
    });
  });

  test('completes when its part is no longer wanted', async () => {
    const { asked, activities } = answering(shards(1));
    await withWorker(environment, activities, async (stage) => {
      await (await start(stage, { shard: 1, shards: 2 })).result();
      expect(asked).toHaveLength(1);
    });
  });

  test('tries again after a failure, without an event in its history', async () => {
    const refused = () => Promise.reject(new Error('another cluster'));
    const { asked, activities } = answering(refused, refused);
    await withWorker(environment, activities, async (stage) => {
      const handle = await start(stage);
      await eventually('the third attempt holds', () => asked.length === 3);
      expect((await handle.describe()).runId).toBe(handle.firstExecutionRunId);
    });
  });
});
