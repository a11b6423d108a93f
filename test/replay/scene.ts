/** Where the stories are played: a world, a workflow in it, and what can be waited for. */
import type { WorkflowHandle } from '@temporalio/client';
import type { Activities } from '../../workflows/activities.ts';
import type { bitcoinNetwork } from '../../workflows/index.ts';
import type { NetworkInput } from '../../workflows/messages.ts';
import type { NodeWatchInput } from '../../workflows/watch-nodes.ts';
import type { World } from '../support/world.ts';

export interface Scene {
  world: World;
  start: (input?: NetworkInput & NodeWatchInput) => Promise<void>;
  /** The workflow's latest run. */
  network: WorkflowHandle<typeof bitcoinNetwork>;
  /** Begins a wait for a number of nodes, and comes back once it is on record. */
  askFor: (nodes: number) => Promise<{ answer: Promise<{ result: string }> }>;
  /** Waits until the network is as declared, and has been told so. */
  settled: () => Promise<void>;
  /** Waits until the workflow does nothing but wait for a timer or an activity. */
  atRest: () => Promise<void>;
  /** Waits until the workflow waits for this activity. */
  waitsFor: (activity: keyof Activities) => Promise<void>;
}

export interface Story {
  /** The workflow that the story is about; a network of the story's name when left out. */
  about?: { type: string; workflowId: string };
  /** Activities that differ from the world's. */
  activities?: (world: World) => Partial<Activities>;
  play: (scene: Scene) => Promise<void>;
}
