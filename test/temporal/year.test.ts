/** A network lives through a year in which much happens to it; the clock of its server skips what nobody needs. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { bitcoinNetwork } from '../../workflows/index.ts';
import { describeQuery } from '../../workflows/messages.ts';
import { Life } from '../support/life.ts';
import { messagesIn, runsOf } from '../support/runs.ts';
import { timeSkippingServer, withWorker } from '../support/temporal.ts';
import { World } from '../support/world.ts';
import { DAY_MS, HOUR_MS, yearOf } from '../support/year.ts';

jest.setTimeout(600_000);

const DAYS = 365;

/**
 * Which year, how much happens in it, and how long a network rests. Where it is installed it rests an hour: such a year takes
 * minutes; CONTRIBUTING.md says how.
 */
const SEED = Number(process.env['BTCNET_YEAR_SEED'] ?? 6);
const PER_DAY = Number(process.env['BTCNET_YEAR_PER_DAY'] ?? 0.3);
const REST_HOURS = Number(process.env['BTCNET_YEAR_REST_HOURS'] ?? 24);

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

/** What is to be seen of a network that is as declared, the last one who asked having got what he asked for. */
const seen = ({ world, written }: Life) => ({
  settled: world.settled,
  pods: world.pods.length,
  granted: written.at(-1),
});
const wellSeen = ({ world, asked }: Life) => ({
  settled: true,
  pods: world.network?.spec.nodes,
  granted: asked.at(-1),
});

/** Whether the one list is the other one with some left out. */
function isPartOf<T>(part: readonly T[], whole: readonly T[]): boolean {
  let found = 0;
  for (const one of whole) if (one === part[found]) found += 1;
  return found === part.length;
}

const title = `${DAYS} days of a network, some ${PER_DAY} happenings a day (seed ${SEED}), at rest a look in ${REST_HOURS} h`;

test(title, async () => {
  const world = new World();
  const life = new Life(world);
  world.resync = RESYNC;
  world.now = () => environment.currentTimeMs();
  world.declare({ nodes: 3 });
  world.height = 101;
  const beganMs = await environment.currentTimeMs();
  world.tipMinedAt = new Date(beganMs).toISOString();
  await withWorker(environment, life.activities(), async ({ start, workflowId }) => {
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
      // Whatever happened, one look later all is well.
      if (before && event.atMs - before.atMs > RESYNC.restMaxMs && !life.inTrouble) {
        const what = { day: event.atMs / DAY_MS, after: before };
        expect({ ...what, ...seen(life) }).toEqual({ ...what, ...wellSeen(life) });
      }
      await life.bring(event, network);
    }

    await sleepUntil((DAYS - 1) * DAY_MS);
    const looks = world.callsOf('observe');
    await sleepUntil(DAYS * DAY_MS);
    const lastDay = world.callsOf('observe') - looks;
    expect(lastDay).toBeGreaterThanOrEqual(24 / REST_HOURS);
    expect(lastDay).toBeLessThanOrEqual(1.25 * (24 / REST_HOURS) + 4);
    expect(seen(life)).toEqual(wellSeen(life));
    expect(await network.query(describeQuery)).toMatchObject({
      phase: 'Settled',
      nodes: world.pods.length,
      failures: {},
      requestedNodes: null,
    });
    expect(life.oldestTipMs).toBeLessThan(DAY_MS);
    expect(world.height).toBe(101 + life.blocks);

    const runs = await runsOf(environment.client, workflowId, firstExecutionRunId);
    expect(runs.length).toBeGreaterThanOrEqual(LEAST_RUNS);
    expect(Math.max(...runs.map(({ events }) => events.length))).toBeLessThan(LONGEST_HISTORY);
    expect(messagesIn(runs)).toEqual(life.sent);
    expect(isPartOf(life.written, life.asked)).toBe(true);
    expect(world.events).toEqual(life.nonsense.map((nodes) => expect.stringContaining(`not ${nodes}`)));
    expect(await Promise.allSettled(life.answers)).not.toContainEqual({
      status: 'rejected',
      reason: expect.anything(),
    });
  });
});
