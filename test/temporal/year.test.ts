/** A network lives through a year in which much happens to it; the clock of its server skips what nobody needs. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '../../workflows/activities.ts';
import type { bitcoinNetwork } from '../../workflows/index.ts';
import {
  describeQuery,
  mineUpdate,
  reconcileSignal,
  scaleSignal,
  setNodesAndWaitUpdate,
  setNodesUpdate,
} from '../../workflows/messages.ts';
import { runsOf } from '../support/runs.ts';
import { timeSkippingServer, withWorker } from '../support/temporal.ts';
import { permanently, World } from '../support/world.ts';
import { DAY_MS, yearOf, type Dated } from '../support/year.ts';

jest.setTimeout(600_000);

const DAYS = 365;

/** Which year, how much happens in it, and how long a network rests: an hour where it is installed, here longer, for the sake of time. */
const SEED = Number(process.env['BTCNET_YEAR_SEED'] ?? 6);
const PER_DAY = Number(process.env['BTCNET_YEAR_PER_DAY'] ?? 0.5);
const REST_HOURS = Number(process.env['BTCNET_YEAR_REST_HOURS'] ?? 8);

/** What a worker sets; see `worker/config.ts` and `worker/signals.ts`. */
const RESYNC = { minMs: 1_000, maxMs: 600_000, restMaxMs: REST_HOURS * HOUR_MS };
const REST_LIMIT = 100;

/** Events of one history that a year must not reach, and runs that it takes at least. */
const LONGEST_HISTORY = 5_000;
const LEAST_RUNS = 100;

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await timeSkippingServer();
});
afterAll(async () => {
  await environment.teardown();
});

/** What was asked of the network, and what became of it. */
class Account {
  readonly asked: number[] = [];
  readonly written: number[] = [];
  readonly answers: Promise<unknown>[] = [];
  signals = 0;
  mined = 0;
  oldestTipMs = 0;
}

/** The activities of the world, which note what becomes of messages and blocks. */
function noting(world: World, account: Account): Activities {
  const activities = world.activities();
  const noteTip = async (): Promise<void> => {
    const nowMs = await world.now();
    account.oldestTipMs = Math.max(account.oldestTipMs, nowMs - Date.parse(world.tipMinedAt ?? ''));
    world.tipMinedAt = new Date(nowMs).toISOString();
  };
  // What an activity waits for comes at a time that does not pass while it runs: only the timer is left.
  const inVain = (): Promise<never> => Promise.reject(permanently('Unavailable', 'Nobody can wait here.'));
  return {
    ...activities,
    scaleNetwork: async (input) => {
      const written = await activities.scaleNetwork(input);
      account.written.push(input.nodes);
      return written;
    },
    mine: async (input) => {
      const mined = await activities.mine(input);
      account.mined += input.blocks;
      await noteTip();
      return mined;
    },
    refreshTip: async (input) => {
      const minedAt = world.tipMinedAt;
      const report = await activities.refreshTip(input);
      world.tipMinedAt = minedAt;
      await noteTip();
      return report;
    },
    awaitPodReadiness: inVain,
    awaitPeering: inVain,
  };
}

async function happen(
  event: Dated,
  world: World,
  network: WorkflowHandle<typeof bitcoinNetwork>,
  account: Account,
): Promise<void> {
  const tell = async (): Promise<void> => {
    account.signals += 1;
    await network.signal(reconcileSignal, event.what);
  };
  switch (event.what) {
    case 'scale':
    case 'nonsense':
      account.signals += 1;
      if (event.what === 'scale') account.asked.push(event.nodes);
      return network.signal(scaleSignal, { nodes: event.nodes });
    case 'setNodes':
      account.asked.push(event.nodes);
      account.answers.push(network.executeUpdate(setNodesUpdate, { args: [event.nodes] }));
      return;
    case 'setNodesAndWait':
      account.asked.push(event.nodes);
      account.answers.push(network.executeUpdate(setNodesAndWaitUpdate, { args: [event.nodes] }));
      return;
    case 'mine':
      account.answers.push(network.executeUpdate(mineUpdate, { args: [{ blocks: event.blocks }] }));
      return;
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
      world.failing.set(event.activity, event.forGood ? permanently('Broken', 'It is broken.') : new Error('try again'));
      return;
    case 'mend':
      world.failing.delete(event.activity);
      return;
    case 'refuse':
      world.refusing.add(event.ordinal);
      return;
    case 'accept':
      world.refusing.delete(event.ordinal);
      return;
  }
}

const title = `${DAYS} days of a network, some ${PER_DAY} events a day (seed ${SEED}), at rest a look in ${REST_HOURS} h`;

test(title, async () => {
  const world = new World();
  const account = new Account();
  world.resync = RESYNC;
  world.now = () => environment.currentTimeMs();
  world.declare({ nodes: 3 });
  world.height = 101;
  const beganMs = await environment.currentTimeMs();
  world.tipMinedAt = new Date(beganMs).toISOString();
  await withWorker(environment, noting(world, account), async ({ start, workflowId }) => {
    const { firstExecutionRunId } = await start({ restLimit: REST_LIMIT });
    const network = environment.client.workflow.getHandle<typeof bitcoinNetwork>(workflowId);
    const sleepUntil = async (atMs: number): Promise<void> => {
      const leftMs = beganMs + atMs - (await environment.currentTimeMs());
      if (leftMs > 0) await environment.sleep(leftMs);
    };

    const year = yearOf(SEED, DAYS, PER_DAY);
    for (const [at, event] of year.entries()) {
      await sleepUntil(event.atMs);
      const before = year[at - 1];
      const paused = world.network?.spec.paused === true;
      const inTrouble = world.failing.size > 0 || world.refusing.size > 0 || paused;
      // Whatever happened, one look later all is well.
      if (before && event.atMs - before.atMs > RESYNC.restMaxMs && !inTrouble) {
        const what = { day: event.atMs / DAY_MS, after: before };
        expect({ ...what, ...stateOf(world, account) }).toEqual({ ...what, ...wellState(world, account) });
      }
      await happen(event, world, network, account);
    }

    await sleepUntil((DAYS - 1) * DAY_MS);
    const looks = world.callsOf('observe');
    await sleepUntil(DAYS * DAY_MS);
    const lastDay = world.callsOf('observe') - looks;
    expect(lastDay).toBeGreaterThanOrEqual(24 / REST_HOURS);
    expect(lastDay).toBeLessThanOrEqual(1.25 * (24 / REST_HOURS) + 4);
    expect(stateOf(world, account)).toEqual(wellState(world, account));
    expect(await network.query(describeQuery)).toMatchObject({
      phase: 'Settled',
      nodes: world.pods.length,
      failures: {},
      requestedNodes: null,
    });
    expect(account.oldestTipMs).toBeLessThan(DAY_MS);
    expect(world.height).toBe(101 + account.mined + account.refreshed);

    const runs = await runsOf(environment.client, workflowId, firstExecutionRunId);
    expect(runs.length).toBeGreaterThanOrEqual(LEAST_RUNS);
    expect(Math.max(...runs.map(({ events }) => events.length))).toBeLessThan(LONGEST_HISTORY);
    const messages = messagesIn(runs);
    expect(messages.map(({ name, input }) => ({ name, input }))).toEqual(account.sent);
    expect(isPartOf(account.written, account.asked)).toBe(true);
    expect(world.events).toEqual(account.nonsense.map((nodes) => expect.stringContaining(`not ${nodes}`)));
    for (const answer of await Promise.all(account.answers)) expect(answer).not.toHaveProperty('refusal');
  });
});
