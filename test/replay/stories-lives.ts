/** How networks begin, change and end. */
import { Context } from '@temporalio/activity';
import { deleteSignal, reconcileSignal, scaleSignal } from '../../workflows/messages.ts';
import { aPod } from '../support/facts.ts';
import { eventually } from '../support/temporal.ts';
import { permanently } from '../support/world.ts';
import type { Story } from './scene.ts';

export const lives: Record<string, Story> = {
  'created-and-deleted': {
    play: async ({ start, settled, network }) => {
      await start({ spec: { nodes: 3 } });
      await settled();
      await network.signal(deleteSignal);
      await network.result();
    },
  },

  'old-tip-refreshed': {
    play: async ({ start, world, settled, network, atRest }) => {
      world.declare({ nodes: 2 });
      world.height = 7;
      world.tipMinedAt = new Date(Date.now() - 36 * 3_600_000).toISOString();
      await start();
      await eventually('a block is mined', () => world.height === 8);
      await network.signal(reconcileSignal, 'look');
      await settled();
      await atRest();
    },
  },

  'nothing-there': {
    play: async ({ start, network }) => {
      await start();
      await network.result();
    },
  },

  'refused-by-the-server': {
    play: async ({ start, world, network }) => {
      world.failing.set('createNetwork', permanently('Invalid', 'spec.nodes: must be at most 5000'));
      await start({ spec: { nodes: 9999 } });
      await network.result().catch(() => undefined);
    },
  },

  'existing-wins': {
    play: async ({ start, world, settled, atRest }) => {
      world.declare({ nodes: 2 });
      await start({ spec: { nodes: 5 } });
      await settled();
      await eventually('an event tells of it', () => world.events.length > 0);
      await atRest();
    },
  },

  'changed-by-others': {
    play: async ({ start, world, settled, network, atRest }) => {
      world.declare({ nodes: 1 });
      await start();
      await settled();
      world.change({ nodes: 3 });
      await network.signal(reconcileSignal, 'somebody scaled it up');
      await eventually('three nodes are there', () => world.pods.length === 3);
      await settled();
      world.change({ nodes: 0 });
      await network.signal(reconcileSignal, 'somebody scaled it down');
      await eventually('no nodes are there', () => world.pods.length === 0);
      await settled();
      await atRest();
    },
  },

  'paused-and-deleted': {
    play: async ({ start, world, network, atRest }) => {
      world.declare({ nodes: 2, paused: true });
      await start();
      await atRest();
      await network.signal(reconcileSignal, 'still paused');
      await atRest();
      await network.signal(deleteSignal);
      await network.result();
    },
  },

  'recreated-under-its-name': {
    play: async ({ start, world, settled, network, atRest }) => {
      world.declare({ nodes: 2 });
      await start();
      await settled();
      world.vanish();
      world.declare({ nodes: 1 });
      await network.signal(reconcileSignal, 'created again');
      await eventually('the new network has its node', () => world.pods.length === 1);
      await settled();
      await atRest();
    },
  },

  'healed-pod': {
    play: async ({ start, world, settled, network, atRest, waitsFor }) => {
      world.declare({ nodes: 3 });
      await start();
      await settled();
      world.pods = world.pods.map((pod) => (pod.ordinal === 1 ? aPod(1, { ready: false }) : pod));
      await network.signal(reconcileSignal, 'a pod is gone');
      await waitsFor('awaitPodReadiness');
      // The wait ends by itself, without a message.
      world.replacePod(1);
      await settled();
      world.replacePod(2);
      await network.signal(reconcileSignal, 'another pod was replaced');
      await eventually('it is connected', () => world.callsOf('syncPeers') > 2);
      await settled();
      await atRest();
    },
  },

  'large-network': {
    play: async ({ start, world, settled, network, atRest }) => {
      world.declare({ nodes: 101 });
      await start();
      await settled();
      await network.signal(reconcileSignal, 'look');
      await atRest();
    },
  },

  'continued-as-new': {
    play: async ({ start, world, settled, network, atRest }) => {
      world.declare({ nodes: 1 });
      await start({ historyLimit: 60 });
      await settled();
      for (const nodes of [2, 3]) {
        await network.signal(scaleSignal, nodes);
        await eventually(`${nodes} nodes are there`, () => world.pods.length === nodes);
        await settled();
      }
      await atRest();
    },
  },

  'step-under-way': {
    activities: () => ({ ensureStatefulSet: () => Context.current().cancelled }),
    play: async ({ start, world, network }) => {
      world.declare({ nodes: 2 });
      await start();
      await eventually('the step is under way', () => world.callsOf('ensureService') > 0);
      await network.signal(scaleSignal, 3);
      await eventually('the signal is on record', async () => {
        const { events } = await network.fetchHistory();
        return events?.some((event) => event.workflowExecutionSignaledEventAttributes) ?? false;
      });
    },
  },

  cancelled: {
    play: async ({ start, world, settled, network, atRest }) => {
      world.declare({ nodes: 1 });
      await start();
      await settled();
      await atRest();
      await network.cancel();
      await network.result().catch(() => undefined);
    },
  },
};
