/** What goes wrong, is reported, and is mended. */
import { deleteSignal, reconcileSignal, scaleSignal } from '../../workflows/messages.ts';
import { eventually } from '../support/temporal.ts';
import { permanently, type World } from '../support/world.ts';
import type { Story } from './scene.ts';

const reasonOf = (world: World): string | undefined => world.network?.status?.conditions?.[0]?.reason;

export const troubles: Record<string, Story> = {
  'failing-step-heals': {
    play: async ({ start, world, settled, network, atRest }) => {
      world.declare({ nodes: 2 });
      world.failing.set('ensureCredentials', permanently('SecretMissing', 'Secret default/x is missing.'));
      await start();
      await eventually('the condition names the reason', () => reasonOf(world) === 'SecretMissing');
      await atRest();
      world.failing.clear();
      await network.signal(reconcileSignal, 'the Secret is there');
      await settled();
      await atRest();
    },
  },

  'found-by-its-trouble': {
    play: async ({ start, world, settled, network, atRest }) => {
      world.searchable = true;
      world.declare({ nodes: 2 });
      world.failing.set('ensureCredentials', permanently('SecretMissing', 'Secret default/x is missing.'));
      await start({ historyLimit: 60 });
      await eventually('the condition names the reason', () => reasonOf(world) === 'SecretMissing');
      await atRest();
      world.failing.clear();
      await network.signal(reconcileSignal, 'the Secret is there');
      await settled();
      await atRest();
      await network.signal(deleteSignal);
      await network.result();
    },
  },

  'image-cannot-be-pulled': {
    play: async ({ start, world, network, waitsFor }) => {
      world.pullable = false;
      world.declare({ nodes: 2 });
      await start();
      await eventually('the condition names the reason', () => reasonOf(world) === 'ImagePullFailed');
      await waitsFor('awaitPodReadiness');
      await network.signal(deleteSignal);
      await network.result();
    },
  },

  'wait-fails': {
    play: async ({ start, world, atRest, network }) => {
      world.pullable = false;
      world.declare({ nodes: 1 });
      world.failing.set('awaitPodReadiness', permanently('Forbidden', 'may not watch pods'));
      await start();
      await eventually('the wait has failed', async () => {
        const { events } = await network.fetchHistory();
        return events?.some((event) => event.activityTaskFailedEventAttributes) ?? false;
      });
      await atRest();
    },
  },

  'foreign-child': {
    play: async ({ start, world, network, atRest }) => {
      world.declare({ nodes: 2 });
      world.service = 'foreign';
      await start();
      await eventually('the condition names the reason', () => reasonOf(world) === 'ChildConflict');
      world.change({ paused: true });
      await network.signal(reconcileSignal, 'hands off');
      await atRest();
    },
  },

  'blind-at-first': {
    play: async ({ start, world, settled, network, atRest }) => {
      world.declare({ nodes: 1 });
      world.failing.set('observe', permanently('Forbidden', 'may not get bitcoinnetworks'));
      await start();
      await eventually('it has looked in vain', () => world.callsOf('observe') > 0);
      await atRest();
      world.failing.clear();
      await network.signal(reconcileSignal, 'look');
      await settled();
      await atRest();
    },
  },

  'catching-up': {
    activities: (world) => {
      const { observe } = world.activities();
      return {
        observe: async (input) => {
          const seen = await observe(input);
          return world.height > 0 || seen.due.length > 0 ? seen : { ...seen, settled: false, waitFor: 'peering' };
        },
        awaitPeering: async () => {
          await eventually('the node has the chain', () => world.height > 0);
          return 'changed';
        },
      };
    },
    play: async ({ start, world, settled, network, atRest, waitsFor }) => {
      world.declare({ nodes: 2 });
      await start();
      await waitsFor('awaitPeering');
      const before = world.callsOf('observe');
      await network.signal(reconcileSignal, 'look');
      await eventually('it has looked again', () => world.callsOf('observe') > before);
      await waitsFor('awaitPeering');
      world.height = 7;
      await settled();
      await atRest();
    },
  },

  'rolled-one-at-a-time': {
    play: async ({ start, world, settled, network, atRest }) => {
      world.declare({ nodes: 3 });
      await start();
      await settled();
      await atRest();
      world.outdate();
      await network.signal(reconcileSignal, 'the credentials have changed');
      await eventually('all are replaced', () => world.rolled.length === 3);
      await settled();
      await atRest();
    },
  },

  'roll-is-refused': {
    play: async ({ start, world, settled, network, atRest }) => {
      world.declare({ nodes: 2 });
      await start();
      await settled();
      await atRest();
      world.failing.set('rollNode', permanently('Forbidden', 'may not delete pods'));
      world.outdate();
      await network.signal(reconcileSignal, 'the image has changed');
      await eventually('the condition names the trouble', () => reasonOf(world) === 'CannotRoll');
      await atRest();
      await network.signal(scaleSignal, 3);
      await eventually('it has grown', () => world.pods.length === 3);
      world.failing.clear();
      await network.signal(reconcileSignal, 'it may now');
      await eventually('both are replaced', () => world.rolled.length === 2);
      await settled();
      await atRest();
    },
  },

  'removal-fails-first': {
    play: async ({ start, world, settled, network, atRest }) => {
      world.declare({ nodes: 1 });
      await start();
      await settled();
      await atRest();
      world.failing.set('removeNetwork', permanently('Forbidden', 'may not delete bitcoinnetworks'));
      await network.signal(deleteSignal);
      await eventually('the removal has failed', () => world.callsOf('removeNetwork') > 0);
      await atRest();
      world.failing.clear();
      await network.signal(reconcileSignal, 'it may now');
      await network.result();
    },
  },

  'removal-takes-long': {
    activities: (world) => {
      const { removeNetwork } = world.activities();
      return {
        removeNetwork: async (ref) => {
          const first = world.callsOf('removeNetwork') === 0;
          return first ? removing(world) : removeNetwork(ref);
        },
      };
    },
    play: async ({ start, world, settled, network, atRest }) => {
      world.declare({ nodes: 1 });
      await start();
      await settled();
      await network.signal(deleteSignal);
      await eventually('the removal has begun', () => world.callsOf('removeNetwork') > 0);
      await atRest();
      await network.signal(reconcileSignal, 'its finalizer is gone');
      await network.result();
    },
  },

  'wish-written-late': {
    play: async ({ start, world, settled, network, atRest }) => {
      world.declare({ nodes: 1 });
      await start();
      await settled();
      world.failing.set('scaleNetwork', new Error('The API server cannot be reached.'));
      await network.signal(scaleSignal, 2);
      await atRest();
      world.failing.clear();
      await network.signal(reconcileSignal, 'it can be reached');
      await eventually('two nodes are there', () => world.pods.length === 2);
      await settled();
      await atRest();
    },
  },
};

function removing(world: World): { gone: boolean; removed: string[] } {
  world.calls.push('removeNetwork');
  return { gone: false, removed: ['Service/my-network-svc'] };
}
