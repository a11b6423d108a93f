/** How often the status of a large network is written while its nodes become ready. */
import { describe, expect, test } from '@jest/globals';
import { judge } from '../../activities/observe.ts';
import type { BitcoinNetwork, NetworkFacts, NetworkStatus } from '../../workflows/facts.ts';
import type { Observation } from '../../workflows/observation.ts';
import { plan } from '../../workflows/plan.ts';
import { desiredStatus, sameStatus, statusWaitMs } from '../../workflows/status.ts';
import { aNetwork, aReport, NOW, pods, theFacts } from '../support/facts.ts';

type Facts = NetworkFacts & { network: BitcoinNetwork };

/** All declared nodes have pods; so many of them are ready and connected. */
function facts(nodes: number, readyNodes: number, status?: NetworkStatus): Facts {
  const network = aNetwork({ nodes, ...(status ? { status } : {}) });
  const all = pods(nodes).map((pod) => ({ ...pod, ready: pod.ordinal < readyNodes }));
  return {
    ...theFacts({ network, pods: all, replicas: nodes, peers: readyNodes > 0 ? aReport(readyNodes) : null }),
    network,
  };
}

const statusOf = (nodes: number, readyNodes: number): NetworkStatus => desiredStatus(facts(nodes, readyNodes), NOW);

describe('a change of the status', () => {
  test('of a network of up to a hundred nodes never waits', () => {
    expect(statusWaitMs(statusOf(100, 10), statusOf(100, 11), 0)).toBe(0);
  });

  test('of a larger network waits a millisecond for each node since the last one', () => {
    const [before, after] = [statusOf(1000, 10), statusOf(1000, 11)];
    expect([0, 400, 999, 1000, 60_000].map((ageMs) => statusWaitMs(before, after, ageMs))).toEqual([
      1000, 600, 1, 0, 0,
    ]);
  });

  test('does not wait when nobody knows how old the last one is', () => {
    const [before, after] = [statusOf(1000, 10), statusOf(1000, 11)];
    expect(statusWaitMs(before, after, null)).toBe(0);
    expect(statusWaitMs(before, after, -5000)).toBe(0);
  });

  test('does not wait when a verdict changes, or when it says that a new spec was seen', () => {
    expect(statusWaitMs(statusOf(1000, 999), statusOf(1000, 1000), 0)).toBe(0);
    expect(statusWaitMs(statusOf(1000, 1000), statusOf(1000, 999), 0)).toBe(0);
    expect(statusWaitMs({}, statusOf(1000, 0), 0)).toBe(0);
    const before = statusOf(1000, 10);
    expect(statusWaitMs(before, { ...before, observedGeneration: 2 }, 0)).toBe(0);
  });
});

describe('while a status waits', () => {
  const waiting = facts(1000, 11, statusOf(1000, 10));

  test('the network is not settled, and is looked at again when it can be written', () => {
    expect(plan(waiting, NOW, { statusAgeMs: 300 })).toMatchObject({ due: [], settled: false, statusWaitMs: 700 });
    const resync = { minMs: 1_000, maxMs: 600_000 };
    const input = { namespace: 'default', name: 'my-network', uid: null, failures: {}, digest: '', quietPasses: 9 };
    const seen = judge(waiting, input, NOW, { resync, tipMaxAgeMs: null, statusAgeMs: 300 });
    expect(seen).toMatchObject({ due: [], lookAgainMs: 700 });
  });

  test('everything else is done as always', () => {
    const drifted = { ...waiting, service: 'drifted' as const };
    expect(plan(drifted, NOW, { statusAgeMs: 300 }).due).toEqual([['ensureService']]);
    expect(plan(drifted, NOW, { statusAgeMs: 1000 }).due).toEqual([['ensureService'], ['updateStatus']]);
  });

  test('a network that has nothing to report is looked at no sooner', () => {
    const reported = facts(1000, 1000, statusOf(1000, 1000));
    expect(plan(reported, NOW, { statusAgeMs: 0 })).toMatchObject({ due: [], settled: true, statusWaitMs: 0 });
  });
});

interface Story {
  /** When the status was written, in milliseconds. */
  writes: number[];
  /** When the last node became ready, in milliseconds. */
  allReadyAt: number;
  /** Passes that found something else than the one before. */
  changes: number;
  status: NetworkStatus;
}

/** Milliseconds that a pass takes. */
const PASS_MS = 50;

/** Node after node becomes ready, as far as the last one but `never`; passes follow each other as the workflow has them. */
function startUp(nodes: number, everyMs: number, never = 0): Story {
  const lastReady = nodes - never;
  const story: Story = { writes: [], allReadyAt: lastReady * everyMs, changes: 0, status: {} };
  const resync = { minMs: 1_000, maxMs: 600_000 };
  let memory: Pick<Observation, 'digest' | 'quietPasses'> = { digest: '', quietPasses: 0 };
  let now = 0;
  while (now < story.allReadyAt + 60_000) {
    const readyNodes = Math.min(lastReady, Math.floor(now / everyMs));
    const seen = facts(nodes, readyNodes, story.status);
    const time = new Date(Date.parse(NOW) + now).toISOString();
    const lastWrite = story.writes.at(-1);
    const statusAgeMs = lastWrite === undefined ? null : now - lastWrite;
    const input = { namespace: 'default', name: 'my-network', uid: null, failures: {}, ...memory };
    const observation = judge(seen, input, time, { resync, tipMaxAgeMs: null, statusAgeMs });
    if (observation.digest !== memory.digest) story.changes += 1;
    memory = observation;
    now += PASS_MS;
    if (observation.due.flat().includes('updateStatus')) {
      story.status = desiredStatus(seen, time);
      story.writes.push(now);
    } else {
      // What changes meanwhile wakes the network.
      now += readyNodes < lastReady ? PASS_MS : observation.lookAgainMs;
    }
  }
  return story;
}

describe('a network that starts', () => {
  test('writes a large status no more often than its pace allows, and at once when the last node is ready', () => {
    const { writes, allReadyAt, status } = startUp(1000, 10);
    const news = 2;
    expect(writes.length).toBeLessThanOrEqual(allReadyAt / 1000 + 1 + news);
    expect(writes.at(-1)).toBeLessThanOrEqual(allReadyAt + 4 * PASS_MS);
    expect(sameStatus(status, desiredStatus(facts(1000, 1000, status), NOW))).toBe(true);
  });

  test('says soon how far it is when some nodes never become ready', () => {
    const { writes, allReadyAt, status } = startUp(1000, 10, 7);
    expect(status.readyNodes).toBe(993);
    expect(writes.at(-1)).toBeLessThanOrEqual(allReadyAt + 1000 + 4 * PASS_MS);
  });

  test('writes every change when it is small', () => {
    const { writes, changes, status } = startUp(100, 100);
    expect(writes.length).toBe(changes);
    expect(status.readyNodes).toBe(100);
  });
});
