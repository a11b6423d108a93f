/** How many requests peering costs, and whose answers a look goes on from. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { PeerSync } from '../../../activities/bitcoin/peers.ts';
import { lookStandsMs } from '../../../workflows/node-watch.ts';
import { CoreBench } from '../../support/stub-core-bench.ts';
import type { CoreCast } from '../../support/stub-core-cast.ts';

let bench: CoreBench;

beforeEach(() => {
  bench = new CoreBench();
});
afterEach(() => bench.stop());

/** Requests that the nodes get while something is done. */
async function requestsOf(net: CoreCast, work: () => Promise<unknown>): Promise<number[]> {
  const before = new Map(net.nodes.map((node) => [node, node.posts]));
  await work();
  return net.nodes.map((node) => node.posts - (before.get(node) ?? 0));
}
const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

describe.each([3, 10, 200, 1_000])('of %i nodes', (count) => {
  test('the first look, the connections and the look that finds all well cost three requests a node at most, and one more look one', async () => {
    const net = await bench.cluster.network('net', count, '28');
    let report = { actualEdges: -1, expectedEdges: 0, strayEdges: 0 };
    const cold = await requestsOf(net, async () => {
      const seen = await bench.look(net);
      const synced = await bench.sync(net, { goesOnFrom: seen.look });
      report = await bench.look(net, { goesOnFrom: synced.look });
    });
    expect(report).toMatchObject({ actualEdges: report.expectedEdges, strayEdges: 0 });
    expect(sum(cold)).toBeLessThanOrEqual(3 * count);
    const settled = await requestsOf(net, () => bench.look(net));
    expect(settled).toEqual(settled.map(() => 1));
  });
});

describe('a look goes on from the one before', () => {
  test('without asking anybody, and says the same', async () => {
    const net = await bench.cluster.network('net', 3, '28');
    const synced = await bench.sync(net);
    let seen = synced;
    const requests = await requestsOf(net, async () => {
      seen = await bench.look(net, { goesOnFrom: synced.look });
    });
    expect(requests).toEqual([0, 0, 0]);
    expect({ ...seen, look: '' }).toEqual({ ...synced, look: '' });
  });

  test('once, under its own name alone, and only in the process that took it', async () => {
    const net = await bench.cluster.network('net', 3, '28');
    const { look } = await bench.look(net);
    const other = new PeerSync(bench.deps);
    expect(await requestsOf(net, () => other.look(bench.request(net, { goesOnFrom: look })))).toEqual([1, 1, 1]);
    expect(await requestsOf(net, () => bench.look(net, { goesOnFrom: 'another' }))).toEqual([1, 1, 1]);
    const second = await bench.look(net);
    expect(await requestsOf(net, () => bench.look(net, { goesOnFrom: second.look }))).toEqual([0, 0, 0]);
    expect(await requestsOf(net, () => bench.look(net, { goesOnFrom: second.look }))).toEqual([1, 1, 1]);
  });

  test('asks whoever is new, has restarted, has moved or did not answer', async () => {
    const net = await bench.cluster.network('net', 4, '28');
    net.node(3).state = 'warmup';
    const { look } = await bench.look(net);
    net.node(3).state = 'ready';
    net.restart(1);
    await net.delete(2);
    await net.run(2);
    await net.run(4);
    const requests = await requestsOf(net, () => bench.look(net, { goesOnFrom: look }));
    expect(requests.slice(0, 2)).toEqual([0, 1]);
    expect(sum(requests)).toBe(4);
  });

  test('asks all when the credentials are others, and when it was too long ago', async () => {
    const net = await bench.cluster.network('net', 3, '28');
    const { look } = await bench.look(net);
    const access = net.accessWith('another');
    expect((await bench.look(net, { goesOnFrom: look, access })).answered).toBe(0);
    const second = await bench.look(net);
    bench.aheadMs += lookStandsMs(3);
    expect(await requestsOf(net, () => bench.look(net, { goesOnFrom: second.look }))).toEqual([1, 1, 1]);
  });

  test('and a sync that goes on from one that somebody else has acted upon dials nobody a second time', async () => {
    const net = await bench.cluster.network('net', 3, '28');
    const seen = await bench.look(net);
    await bench.sync(net);
    await bench.sync(net, { goesOnFrom: seen.look });
    expect(net.nodes.map(({ links }) => links.length)).toEqual([2, 2, 2]);
  });
});
