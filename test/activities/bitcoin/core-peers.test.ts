import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { inspectPeers } from '../../../activities/bitcoin/inspect.ts';
import { CoreBench } from '../../support/stub-core-bench.ts';
import type { CoreCast } from '../../support/stub-core-cast.ts';
import { diallerOf } from '../../support/stub-core-wire.ts';
import type { StubCore } from '../../support/stub-core.ts';

let bench: CoreBench;

beforeEach(() => {
  bench = new CoreBench();
});
afterEach(() => bench.stop());

const listed = (node: StubCore): string[] => node.dialler.entries.toSorted();

/** A node's connections, by the end that dialled. */
const linksOf = (node: StubCore): string[] => node.links.map(diallerOf);

const HEALTHY_MESH_OF_3 = { answered: 3, expectedEdges: 3, actualEdges: 3, strayEdges: 0, faults: [] };

describe.each(['0.21', '28'] as const)('a network of Bitcoin Core %s', (version) => {
  let net: CoreCast;

  beforeEach(async () => {
    net = await bench.cluster.network('net', 3, version);
  });

  test('is a full mesh at once, and every node lists every other by name', async () => {
    expect(await bench.sync(net)).toMatchObject(HEALTHY_MESH_OF_3);
    expect(net.nodes.map(listed)).toEqual([
      ['net-sts-1.net-svc', 'net-sts-2.net-svc'],
      ['net-sts-0.net-svc', 'net-sts-2.net-svc'],
      ['net-sts-0.net-svc', 'net-sts-1.net-svc'],
    ]);
  });

  test('is left alone once its nodes have dialled each other by name too', async () => {
    expect(await bench.settle(net)).toMatchObject(HEALTHY_MESH_OF_3);
    expect(net.nodes.map((node) => node.links.length)).toEqual([4, 4, 4]);
    const posts = net.nodes.map((node) => node.posts);
    bench.letNodesDial();
    expect(await bench.sync(net)).toMatchObject(HEALTHY_MESH_OF_3);
    expect(net.nodes.map((node, index) => node.posts - (posts[index] ?? 0))).toEqual([1, 1, 1]);
    expect(net.nodes.flatMap((node) => node.calls)).not.toContain('disconnectnode');
  });

  test('keeps its connections between named nodes, whoever dialled first', async () => {
    for (const node of net.nodes) {
      for (const { host } of net.endpoints) node.dialler.entries.push(host.split('.').slice(0, 2).join('.'));
    }
    bench.letNodesDial();
    const links = net.nodes.map(linksOf);
    expect(await bench.sync(net)).toMatchObject(HEALTHY_MESH_OF_3);
    expect(net.nodes.map(linksOf)).toEqual(links);
    expect(net.nodes.map((node) => node.dialler.entries.length)).toEqual([2, 2, 2]);
  });

  test('takes a node that is added, which gets the chain', async () => {
    await bench.settle(net);
    for (let block = 0; block < 7; block += 1) net.node(0).mine();
    await net.run(3);
    expect(await bench.sync(net)).toMatchObject({
      expectedEdges: 6,
      actualEdges: 6,
      strayEdges: 0,
      height: 7,
      atTip: 4,
    });
    expect(net.nodes.map((node) => node.dialler.entries.length)).toEqual([3, 3, 3, 3]);
  });

  test('forgets and disconnects a node that leaves, whose slots are free at once', async () => {
    await net.run(3);
    await bench.settle(net);
    const leaving = net.node(3);
    const staying = net.endpoints.slice(0, 3);
    expect(await bench.sync(net, { members: staying })).toMatchObject(HEALTHY_MESH_OF_3);
    expect(leaving.links).toEqual([]);
    for (const { ordinal } of staying) expect(listed(net.node(ordinal))).not.toContain('net-sts-3.net-svc');
    // It goes on dialling those it lists, for as long as it runs.
    bench.letNodesDial();
    expect(await bench.sync(net, { members: staying })).toMatchObject(HEALTHY_MESH_OF_3);
    expect(leaving.links).toEqual([]);
  });

  test('connects a replaced pod at its new address, without touching the entries', async () => {
    await bench.settle(net);
    for (let block = 0; block < 5; block += 1) net.node(0).mine();
    await net.delete(1);
    const entries = [0, 2].map((ordinal) => listed(net.node(ordinal)));
    const pod = await net.run(1);
    expect(await bench.sync(net)).toMatchObject({ ...HEALTHY_MESH_OF_3, height: 5, atTip: 3 });
    expect([0, 2].map((ordinal) => listed(net.node(ordinal)))).toEqual(entries);
    expect(listed(pod)).toEqual(['net-sts-0.net-svc', 'net-sts-2.net-svc']);
    bench.letNodesDial();
    expect(await bench.sync(net)).toMatchObject(HEALTHY_MESH_OF_3);
  });

  test('gives a container that restarted in place its entries and connections back; its chain it kept', async () => {
    await bench.settle(net);
    for (let block = 0; block < 5; block += 1) net.node(0).mine();
    net.restart(1);
    expect([listed(net.node(1)), net.node(1).links, net.node(1).height]).toEqual([[], [], 5]);
    expect(await bench.sync(net)).toMatchObject({ ...HEALTHY_MESH_OF_3, height: 5, atTip: 3 });
    expect(listed(net.node(1))).toEqual(['net-sts-0.net-svc', 'net-sts-2.net-svc']);
  });

  test('replaces connections that the others still show though the node has forgotten them', async () => {
    await bench.settle(net);
    net.restart(1, { silently: true });
    expect(net.node(0).links).toHaveLength(4);
    expect(await bench.sync(net)).toMatchObject(HEALTHY_MESH_OF_3);
    bench.letNodesDial();
    expect(await bench.sync(net)).toMatchObject(HEALTHY_MESH_OF_3);
  });

  test('disconnects strangers and entries that nobody asked for', async () => {
    await bench.settle(net);
    const other = await bench.cluster.network('other', 1, version);
    const stranger = other.node(0);
    stranger.dialler.dial(net.node(0).address, { added: false });
    net.node(2).dialler.entries.push('other-sts-0.other-svc', `${stranger.address}:18444`);
    bench.letNodesDial();
    expect(stranger.links).toHaveLength(2);
    expect(await inspectPeers(bench.deps, bench.request(net))).toMatchObject({ strayEdges: 4 });
    expect(await bench.sync(net)).toMatchObject(HEALTHY_MESH_OF_3);
    bench.letNodesDial();
    expect(stranger.links).toEqual([]);
    expect(listed(net.node(2))).toEqual(['net-sts-0.net-svc', 'net-sts-1.net-svc']);
  });

  test('restores an entry that somebody removed, and the connection it had', async () => {
    await bench.settle(net);
    const [first] = net.node(0).dialler.entries;
    net.node(0).dialler.entries.shift();
    expect(await bench.sync(net)).toMatchObject(HEALTHY_MESH_OF_3);
    expect(net.node(0).dialler.entries).toContain(first);
  });

  test('is peered although entries and connections come and go between a look and the orders that follow from it', async () => {
    const node = net.node(0);
    node.dialler.entries.push('x.y', 'x.z');
    node.dialler.dial((await bench.cluster.network('other', 1, version)).node(0).address, { added: false });
    let orders = 0;
    node.sabotage = (body) => {
      if (!body.includes('"add"')) return null;
      orders += 1;
      node.dialler.entries = ['net-sts-1.net-svc', 'net-sts-2.net-svc'];
      for (const link of node.links) bench.cluster.wire.cut(link);
      return null;
    };
    // Its answers are -23, -24 and -29.
    expect(await bench.sync(net)).toMatchObject(HEALTHY_MESH_OF_3);
    expect(orders).toBe(1);
    expect(listed(node)).toEqual(['net-sts-1.net-svc', 'net-sts-2.net-svc']);
  });
});
