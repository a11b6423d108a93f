/** Lets happen to a network what a year brings, and keeps account of what was asked of it and what became of that. */
import { WorkflowUpdateStage, type WorkflowHandle } from '@temporalio/client';
import type { Activities } from '../../workflows/activities.ts';
import type { bitcoinNetwork } from '../../workflows/index.ts';
import {
  mineUpdate,
  reconcileSignal,
  scaleSignal,
  setNodesAndWaitUpdate,
  setNodesUpdate,
} from '../../workflows/messages.ts';
import type { Message } from './runs.ts';
import { permanently, type World } from './world.ts';
import type { Happening } from './year.ts';

export class Life {
  readonly world: World;
  /** All messages, in the order in which they were sent. */
  readonly sent: Message[] = [];
  /** Numbers of nodes that were asked for in messages, and those of them that were declared. */
  readonly asked: number[] = [];
  readonly written: number[] = [];
  readonly nonsense: number[] = [];
  readonly answers: Promise<unknown>[] = [];
  /** Blocks that were made because somebody asked for them, or because the newest was old. */
  blocks = 0;
  /** Milliseconds: the age of the newest block when the next one came, at most. */
  oldestTipMs = 0;

  constructor(world: World) {
    this.world = world;
  }

  /** Whether anything stands in the way of being as declared. */
  get inTrouble(): boolean {
    const { failing, refusing, network } = this.world;
    return failing.size > 0 || refusing.size > 0 || network?.spec.paused === true;
  }

  /** The activities of the world, which note what becomes of messages and blocks. */
  activities(): Activities {
    const activities = this.world.activities();
    // Time does not pass while an activity waits; once it has failed, only the timer is left to wait for.
    const inVain = (): Promise<never> => Promise.reject(permanently('Unavailable', 'Nobody can wait here.'));
    return {
      ...activities,
      awaitPodReadiness: inVain,
      awaitPeering: inVain,
      scaleNetwork: async (input) => {
        const declared = await activities.scaleNetwork(input);
        this.written.push(input.nodes);
        return declared;
      },
      mine: (input) => this.#withBlocks(input.blocks, () => activities.mine(input)),
      refreshTip: (network) => this.#withBlocks(1, () => activities.refreshTip(network)),
    };
  }

  async #withBlocks<T>(blocks: number, make: () => Promise<T>): Promise<T> {
    const before = Date.parse(this.world.tipMinedAt ?? '');
    const made = await make();
    const nowMs = await this.world.now();
    this.world.tipMinedAt = new Date(nowMs).toISOString();
    this.oldestTipMs = Math.max(this.oldestTipMs, nowMs - before);
    this.blocks += blocks;
    return made;
  }

  async bring(event: Happening, network: WorkflowHandle<typeof bitcoinNetwork>): Promise<void> {
    const { world } = this;
    const tell = async (): Promise<void> => {
      this.sent.push({ name: reconcileSignal.name, input: event.what });
      await network.signal(reconcileSignal, event.what);
    };
    switch (event.what) {
      case 'scale':
      case 'nonsense':
        (event.what === 'scale' ? this.asked : this.nonsense).push(event.nodes);
        this.sent.push({ name: scaleSignal.name, input: event.nodes });
        return network.signal(scaleSignal, event.nodes);
      case 'setNodes':
      case 'setNodesAndWait': {
        this.asked.push(event.nodes);
        this.sent.push({ name: event.what, input: event.nodes });
        const update = event.what === 'setNodes' ? setNodesUpdate : setNodesAndWaitUpdate;
        return this.#await(network.startUpdate<unknown, [unknown]>(update, { args: [event.nodes], ...ACCEPTED }));
      }
      case 'mine': {
        const request = { blocks: event.blocks };
        this.sent.push({ name: mineUpdate.name, input: request });
        return this.#await(network.startUpdate(mineUpdate, { args: [request], ...ACCEPTED }));
      }
      case 'declare':
        world.change({ nodes: event.nodes });
        return tell();
      case 'pause':
      case 'unpause':
        world.change({ paused: event.what === 'pause' });
        return tell();
      case 'replacePod':
        world.replacePod(event.ordinal);
        return event.seen ? tell() : undefined;
      case 'outdate':
        world.outdate();
        return tell();
      case 'deleteChild':
        if (event.child === 'statefulSet') Object.assign(world, { replicas: null, pods: [], connected: '' });
        else world[event.child] = 'missing';
        return tell();
      case 'break':
        world.failing.set(event.activity, event.forGood ? permanently('Broken', 'It is broken.') : new Error('again'));
        return;
      case 'mend':
        world.failing.delete(event.activity);
        return;
      case 'refuse':
        world.refusing.add(event.ordinal);
        return;
      case 'accept':
        world.refusing.delete(event.ordinal);
    }
  }

  /** The answer may take its time; that the message was taken may not. */
  async #await(started: Promise<{ result: () => Promise<unknown> }>): Promise<void> {
    const answer = (await started).result();
    this.answers.push(answer);
    answer.catch(() => undefined);
  }
}

const ACCEPTED = { waitForStage: WorkflowUpdateStage.ACCEPTED } as const;
