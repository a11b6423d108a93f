/** The watches that live beside the networks. */
import { Context } from '@temporalio/activity';
import { NODE_WATCH_WORKFLOW, nodeWatchWorkflowId, WATCH_WORKFLOW, WATCH_WORKFLOW_ID } from '../../workflows/names.ts';
import { eventually } from '../support/temporal.ts';
import type { Story } from './scene.ts';

/** Ends the first time, and is held from then on. */
function heldTheSecondTime<T>(first: T): () => Promise<T> {
  let calls = 0;
  return () => {
    calls += 1;
    return calls === 1 ? Promise.resolve(first) : Context.current().cancelled;
  };
}

export const watches: Record<string, Story> = {
  'watch-cluster': {
    about: { type: WATCH_WORKFLOW, workflowId: WATCH_WORKFLOW_ID },
    activities: () => ({ watchCluster: heldTheSecondTime('ended') }),
    play: async ({ start, network, waitsFor }) => {
      await start();
      const { runId } = await network.describe();
      await eventually('the next run holds the watches', async () => (await network.describe()).runId !== runId);
      await waitsFor('watchCluster');
    },
  },

  'watch-nodes': {
    about: { type: NODE_WATCH_WORKFLOW, workflowId: nodeWatchWorkflowId(0) },
    activities: () => ({ watchNodes: heldTheSecondTime({ shards: 2, message: 'two of us now' }) }),
    play: async ({ start, network, waitsFor }) => {
      await start();
      const { runId } = await network.describe();
      await eventually('the next run asks the nodes', async () => (await network.describe()).runId !== runId);
      await waitsFor('watchNodes');
    },
  },

  'watch-nodes-fewer': {
    about: { type: NODE_WATCH_WORKFLOW, workflowId: nodeWatchWorkflowId(1) },
    activities: () => ({ watchNodes: () => Promise.resolve({ shards: 1, message: 'one will do' }) }),
    play: async ({ start, network }) => {
      await start({ shard: 1, shards: 2 });
      await network.result();
    },
  },
};
