import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { inspectPeers } from '../../../activities/bitcoin/inspect.ts';
import { dials } from '../../../workflows/topology.ts';
import { CoreBench } from '../../support/stub-core-bench.ts';
import type { CoreCast } from '../../support/stub-core-cast.ts';
import type { StubCore } from '../../support/stub-core.ts';

let bench: CoreBench;

beforeEach(() => {
  bench = new CoreBench();
});
afterEach(() => bench.stop());

const listed = (node: StubCore): string[] => node.dialler.entries.toSorted();
const addresses = (nodes: Pick<StubCore, 'address'>[]): Set<string> => new Set(nodes.map(({ address }) => address));

/** Addresses at the other ends of a node's connections. */
const neighbours = (node: StubCore): Set<string> =>
  addresses(node.links.map(({ from, to }) => (from === node ? to : from)));

const HEALTHY_MESH_OF_3 = { answered: 3, expectedEdges: 3, actualEdges: 3, strayEdges: 0, faults: [] };

describe('an address that another network has taken over', () => {
  /** Two networks, and a pod of the second at the address of a deleted pod of the first. */
  async function takenOver(): Promise<{ net: CoreCast; foreign: StubCore }> {
    const net = await bench.cluster.network('net', 3, '28');
    const other = await bench.cluster.network('other', 0, '28');
    await bench.settle(net);
    const { address } = net.node(2);
    await net.delete(2);
    const foreign = await other.run(0, address);
    return { net, foreign };
  }

  test('is not dialled by a name that nobody has any more', async () => {
    const { net, foreign } = await takenOver();
    bench.letNodesDial();
    expect(foreign.links).toEqual([]);
    expect(await bench.sync(net)).toMatchObject({ expectedEdges: 1, actualEdges: 1, strayEdges: 0 });
    expect(net.nodes.map(listed)).toEqual([['net-sts-1.net-svc'], ['net-sts-0.net-svc']]);
  });

  test('is left again when a name that is out of date led there, and never counts as the node of that name', async () => {
    const { net, foreign } = await takenOver();
    const pod = await net.run(2);
    bench.cluster.names.set('net-sts-2.net-svc', foreign.address);
    bench.letNodesDial();
    expect(neighbours(foreign)).toEqual(addresses([net.node(0), net.node(1)]));
    expect(await inspectPeers(bench.deps, bench.request(net))).toMatchObject({ actualEdges: 1, strayEdges: 2 });

    expect(await bench.sync(net)).toMatchObject(HEALTHY_MESH_OF_3);
    expect(foreign.links).toEqual([]);

    bench.cluster.names.set('net-sts-2.net-svc', pod.address);
    bench.letNodesDial();
    expect(await bench.sync(net)).toMatchObject(HEALTHY_MESH_OF_3);
    expect(foreign.links).toEqual([]);
    for (let block = 0; block < 9; block += 1) foreign.mine();
    expect(net.nodes.map(({ height }) => height)).toEqual([0, 0, 0]);
  });
});

test('twelve nodes are one connected graph in which nobody lists more than eight or waits for a slot', async () => {
  const net = await bench.cluster.network('net', 12, '28');
  const wanted = dials(net.endpoints.map(({ ordinal }) => ordinal));
  const report = await bench.settle(net);
  expect(report).toMatchObject({ answered: 12, strayEdges: 0, faults: [] });
  expect(report.actualEdges).toBe(report.expectedEdges);
  for (const node of net.nodes) {
    expect(listed(node).length).toBeLessThanOrEqual(8);
    expect(node.links.filter(({ from, added }) => added && from === node).length).toBeLessThanOrEqual(8);
  }
  const edges = new Set(net.nodes.flatMap((node) => node.links.map(({ from, to }) => [from.address, to.address].toSorted().join('-')))); // prettier-ignore
  expect(edges.size).toBe([...wanted.values()].flat().length);
  const reached = new Set([net.node(0).address]);
  const at = (address: string): StubCore[] => net.nodes.filter((node) => node.address === address);
  for (const address of reached) {
    for (const { from, to } of at(address).flatMap(({ links }) => links)) reached.add(from.address).add(to.address);
  }
  expect(reached.size).toBe(12);

  const calls = net.nodes.map((node) => node.calls.length);
  bench.letNodesDial();
  await bench.sync(net);
  // One inspection of three calls, and no orders.
  expect(net.nodes.map((node, index) => node.calls.length - (calls[index] ?? 0))).toEqual(calls.map(() => 3));
});

test('nine nodes that become twelve and nine again end as a full mesh, and all have the chain', async () => {
  const net = await bench.cluster.network('net', 9, '0.21');
  expect(await bench.settle(net)).toMatchObject({ expectedEdges: 36, actualEdges: 36, strayEdges: 0 });
  const slots = (): number => net.node(0).links.filter(({ from, added }) => added && from === net.node(0)).length;
  expect(slots()).toBe(8);
  for (const ordinal of [9, 10, 11]) await net.run(ordinal);
  net.node(11).mine();
  expect(await bench.settle(net)).toMatchObject({ answered: 12, strayEdges: 0, height: 1, atTip: 12, faults: [] });
  for (const ordinal of [9, 10, 11]) await net.delete(ordinal);
  expect(await bench.settle(net)).toMatchObject({ expectedEdges: 36, actualEdges: 36, strayEdges: 0, atTip: 9 });
  expect(net.nodes.map((node) => listed(node).length)).toEqual(Array.from({ length: 9 }, () => 8));
});
