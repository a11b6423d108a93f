/**
 * Records histories: plays the stories on a dev server and keeps what the server wrote down, beside what is kept already.
 *
 *     node test/replay/record.ts [story …]
 */
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { setNodesAndWaitUpdate } from '../../workflows/messages.ts';
import { NETWORK_WORKFLOW, networkWorkflowId } from '../../workflows/names.ts';
import type { bitcoinNetwork } from '../../workflows/index.ts';
import { devServer, eventually, withWorker, type Stage } from '../support/temporal.ts';
import { World } from '../support/world.ts';
import setup from '../temporal/setup.ts';
import teardown from '../temporal/teardown.ts';
import { HISTORIES, keep, scrubbed, type History } from './histories.ts';
import { toProtoJson } from './proto-json.ts';
import type { Scene } from './scene.ts';
import { STORIES } from './stories.ts';
import { waitOf } from './waiting.ts';

/** Plays a story; returns the histories of its workflow's runs, the first run first, ready to be kept. */
export async function record(environment: TestWorkflowEnvironment, name: string): Promise<string[]> {
  const story = STORIES[name];
  if (!story) throw new Error(`no such story: ${name}`);
  const world = new World();
  const activities = { ...world.activities(), ...story.activities?.(world) };
  return withWorker(environment, activities, async (stage) => {
    const network = { type: NETWORK_WORKFLOW, workflowId: networkWorkflowId('default', name) };
    const { type, workflowId } = story.about ?? network;
    const scene = sceneOf(stage, world, workflowId, type);
    let firstRun = '';
    await story.play({
      ...scene,
      start: async (input = {}) => {
        const { workflow } = environment.client;
        const options = { taskQueue: stage.taskQueue, workflowId, args: [input] as [typeof input] };
        firstRun = (await workflow.start(scene.type, options)).firstExecutionRunId;
      },
    });
    try {
      return await runsFrom(environment, workflowId, firstRun);
    } finally {
      const { status } = await scene.network.describe();
      if (status.name === 'RUNNING') await scene.network.terminate('the story is over');
    }
  });
}

function sceneOf({ environment }: Stage, world: World, workflowId: string, type: string) {
  const network = environment.client.workflow.getHandle<typeof bitcoinNetwork>(workflowId);
  const waits = async (): Promise<string | null> => waitOf((await network.fetchHistory()).events ?? []);
  const scene: Omit<Scene, 'start'> & { type: string } = {
    type,
    world,
    network,
    askFor: async (nodes) => {
      const handle = await network.startUpdate(setNodesAndWaitUpdate, { args: [nodes], waitForStage: 'ACCEPTED' });
      const answer = handle.result();
      // A story may end before the answer comes.
      answer.catch(() => undefined);
      return { answer };
    },
    settled: () => eventually('the network settles', async () => world.settled && (await waits()) !== null),
    atRest: () => eventually('the workflow waits', async () => (await waits()) !== null),
    waitsFor: (activity) => eventually(`the workflow waits for ${activity}`, async () => (await waits()) === activity),
  };
  return scene;
}

async function runsFrom(environment: TestWorkflowEnvironment, workflowId: string, first: string): Promise<string[]> {
  const runs: string[] = [];
  for (let runId: string | undefined = first; runId;) {
    const fetched = await environment.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const history = toProtoJson(fetched) as History;
    runs.push(scrubbed(history));
    runId = history.events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
  return runs;
}

async function main(asked: readonly string[]): Promise<void> {
  await setup();
  const environment = await devServer();
  try {
    for (const name of asked.length > 0 ? asked : Object.keys(STORIES)) {
      for (const file of keep(HISTORIES, name, await record(environment, name))) console.log(file);
    }
  } finally {
    await environment.teardown();
    await teardown();
  }
}

if (import.meta.main) await main(process.argv.slice(2));
