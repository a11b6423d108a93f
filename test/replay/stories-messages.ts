/** What people ask of networks, by signals and Updates. */
import { ApplicationFailure } from '@temporalio/common';
import { deleteSignal, mineUpdate, reconcileSignal, scaleSignal, setNodesUpdate } from '../../workflows/messages.ts';
import { aPod } from '../support/facts.ts';
import { eventually } from '../support/temporal.ts';
import { permanently, type World } from '../support/world.ts';
import type { Story } from './scene.ts';

/** All pods that could not start do. */
function heal(world: World): void {
  world.pullable = true;
  world.pods = world.pods.map(({ ordinal }) => aPod(ordinal));
}

async function answered(answer: Promise<{ result: string }>, expected: string): Promise<void> {
  const { result } = await answer;
  if (result !== expected) throw new Error(`the story wants ${expected}, and got ${result}`);
}

export const messages: Record<string, Story> = {
  'scaled-by-signal': {
    play: async ({ start, world, settled, network, atRest }) => {
      world.declare({ nodes: 2 });
      await start();
      await settled();
      await network.signal(scaleSignal, { nodes: 4 });
      await eventually('four nodes are there', () => world.pods.length === 4);
      await settled();
      await network.signal(scaleSignal, 1);
      await eventually('one node is left', () => world.pods.length === 1);
      await settled();
      await network.signal(scaleSignal, { nodes: -3 });
      await eventually('an event tells what was wrong', () => world.events.length > 0);
      await atRest();
    },
  },

  'scaled-by-update': {
    play: async ({ start, world, settled, network, askFor, atRest }) => {
      world.declare({ nodes: 1 });
      await start();
      await settled();
      await network.executeUpdate(setNodesUpdate, { args: [{ nodes: 2 }] });
      await eventually('two nodes are there', () => world.pods.length === 2);
      await settled();
      await answered((await askFor(3)).answer, 'converged');
      await atRest();
    },
  },

  'superseded-converged-deleted': {
    play: async ({ start, world, network, askFor }) => {
      world.pullable = false;
      world.declare({ nodes: 1 });
      await start();
      const first = await askFor(2);
      await eventually('the first wish is written', () => world.network?.spec.nodes === 2);
      const second = await askFor(3);
      await answered(first.answer, 'superseded');
      await eventually('the second wish is carried out', () => world.pods.length === 3);
      heal(world);
      await answered(second.answer, 'converged');
      world.pullable = false;
      const third = await askFor(4);
      await eventually('the third wish is carried out', () => world.pods.length === 4);
      await network.signal(deleteSignal);
      await answered(third.answer, 'deleted');
      await network.result();
    },
  },

  'wait-continued-as-new': {
    play: async ({ start, world, network, askFor, waitsFor }) => {
      world.pullable = false;
      world.declare({ nodes: 1 });
      await start({ historyLimit: 45 });
      const { answer } = await askFor(2);
      await eventually('the wish is written', () => world.network?.spec.nodes === 2);
      const first = (await network.describe()).runId;
      while ((await network.describe()).runId === first) {
        await waitsFor('awaitPodReadiness');
        await network.signal(reconcileSignal, 'look');
      }
      await answered(answer, 'continued-as-new');
      await waitsFor('awaitPodReadiness');
    },
  },

  'somebody-still-waits': {
    play: async ({ start, world, settled, askFor, waitsFor }) => {
      world.declare({ nodes: 1 });
      await start();
      await settled();
      world.pullable = false;
      await askFor(2);
      await eventually('the wish is carried out', () => world.pods.length === 2);
      await waitsFor('awaitPodReadiness');
    },
  },

  'wish-refused': {
    play: async ({ start, world, settled, askFor, atRest }) => {
      world.declare({ nodes: 1 });
      await start();
      await settled();
      world.failing.set('scaleNetwork', permanently('Forbidden', 'may not patch bitcoinnetworks/scale'));
      const { answer } = await askFor(2);
      await answer.catch(() => undefined);
      await eventually('an event tells of it', () => world.events.length > 0);
      world.failing.clear();
      await answered((await askFor(2)).answer, 'converged');
      await atRest();
    },
  },

  mined: {
    play: async ({ start, world, settled, network, atRest }) => {
      world.declare({ nodes: 2 });
      await start();
      await settled();
      await network.executeUpdate(mineUpdate, { args: [{ blocks: 101 }] });
      await eventually('the status shows the height', () => world.network?.status?.chain?.height === 101);
      world.failing.set('mine', ApplicationFailure.nonRetryable('No node is ready.', 'NotReady'));
      await network.executeUpdate(mineUpdate, { args: [{ blocks: 1 }] }).catch(() => undefined);
      await atRest();
    },
  },
};
