import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { core } from '../../../activities/bitcoin/dialects/core.ts';
import { inspectPeers } from '../../../activities/bitcoin/inspect.ts';
import type { PeersDeps, PeersRequest } from '../../../activities/bitcoin/inspect.ts';
import { PeerSync } from '../../../activities/bitcoin/peers.ts';
import { RpcClient } from '../../../activities/bitcoin/rpc.ts';
import type { PeersReport } from '../../../workflows/observation.ts';
import { dials } from '../../../workflows/topology.ts';
import { CoreCluster } from '../../support/stub-core-cast.ts';
import type { CoreCast } from '../../support/stub-core-cast.ts';
import { diallerOf } from '../../support/stub-core-wire.ts';
import type { StubCore } from '../../support/stub-core.ts';

/** Milliseconds of the nodes' own clock in which their threads have dialled whatever they list. */
const ROUNDS_MS = 200_000;

let cluster: CoreCluster;
let rpc: RpcClient;
let deps: PeersDeps;
let peerSync: PeerSync;

beforeEach(() => {
  cluster = new CoreCluster();
  rpc = new RpcClient();
  deps = { rpc, now: Date.now };
  peerSync = new PeerSync(deps);
});
afterEach(async () => {
  await rpc.close();
  await cluster.stop();
});

const request = (cast: CoreCast, members = cast.endpoints): PeersRequest => ({
  members,
  access: cast.access,
  dialect: core,
  topology: dials,
});

const sync = (cast: CoreCast, members = cast.endpoints): Promise<PeersReport> =>
  peerSync.syncPeers(request(cast, members));

/** As the workflow does: looks again after the nodes' threads had their time. */
async function settle(cast: CoreCast): Promise<PeersReport> {
  await sync(cast);
  cluster.clock.advance(ROUNDS_MS);
  return await sync(cast);
}

/** Addresses at the other ends of a node's connections. */
const neighbours = (node: StubCore): Set<string> =>
  new Set(node.links.map(({ from, to }) => (from === node ? to.address : from.address)));

/** A node's connections, by the end that dialled. */
const linksOf = (node: StubCore): string[] => node.links.map(diallerOf);

const listed = (node: StubCore): string[] => node.dialler.entries.toSorted();
const addresses = (nodes: StubCore[]): Set<string> => new Set(nodes.map(({ address }) => address));

const HEALTHY_MESH_OF_3 = { answered: 3, expectedEdges: 3, actualEdges: 3, strayEdges: 0, faults: [] };

describe.each(['0.21', '28'] as const)('a network of Bitcoin Core %s', (version) => {
  let net: CoreCast;

  beforeEach(async () => {
    net = await cluster.network('net', 3, version);
  });

  test('is a full mesh at once, and every node lists every other by name', async () => {
    expect(await sync(net)).toMatchObject(HEALTHY_MESH_OF_3);
    expect(net.nodes.map(listed)).toEqual([
      ['net-sts-1.net-svc', 'net-sts-2.net-svc'],
      ['net-sts-0.net-svc', 'net-sts-2.net-svc'],
      ['net-sts-0.net-svc', 'net-sts-1.net-svc'],
    ]);
  });

  test('is left alone once its nodes have dialled each other by name too', async () => {
    expect(await settle(net)).toMatchObject(HEALTHY_MESH_OF_3);
    expect(net.nodes.map((node) => node.links.length)).toEqual([4, 4, 4]);
    const posts = net.nodes.map((node) => node.posts);
    cluster.clock.advance(ROUNDS_MS);
    expect(await sync(net)).toMatchObject(HEALTHY_MESH_OF_3);
    expect(net.nodes.map((node, index) => node.posts - (posts[index] ?? 0))).toEqual([1, 1, 1]);
    expect(net.nodes.flatMap((node) => node.calls)).not.toContain('disconnectnode');
  });

  test('keeps its connections between named nodes, whoever dialled first', async () => {
    for (const node of net.nodes) {
      for (const { host } of net.endpoints) node.dialler.entries.push(host.split('.').slice(0, 2).join('.'));
    }
    cluster.clock.advance(ROUNDS_MS);
    const links = net.nodes.map(linksOf);
    expect(await sync(net)).toMatchObject(HEALTHY_MESH_OF_3);
    expect(net.nodes.map(linksOf)).toEqual(links);
    expect(net.nodes.map((node) => node.dialler.entries.length)).toEqual([2, 2, 2]);
  });

  test('takes a node that is added, which gets the chain', async () => {
    await settle(net);
    for (let block = 0; block < 7; block += 1) cluster.wire.mine(net.node(0));
    await net.run(3);
    expect(await sync(net)).toMatchObject({ expectedEdges: 6, actualEdges: 6, strayEdges: 0, height: 7, atTip: 4 });
    expect(net.nodes.map((node) => node.dialler.entries.length)).toEqual([3, 3, 3, 3]);
  });

  test('forgets and disconnects a node that leaves, whose slots are free at once', async () => {
    await net.run(3);
    await settle(net);
    const leaving = net.node(3);
    const staying = net.endpoints.slice(0, 3);
    expect(await sync(net, staying)).toMatchObject(HEALTHY_MESH_OF_3);
    expect(leaving.links).toEqual([]);
    for (const { ordinal } of staying) expect(listed(net.node(ordinal))).not.toContain('net-sts-3.net-svc');
    // It goes on dialling those it lists, for as long as it runs.
    cluster.clock.advance(ROUNDS_MS);
    expect(await sync(net, staying)).toMatchObject(HEALTHY_MESH_OF_3);
    expect(leaving.links).toEqual([]);
  });

  test('connects a replaced pod at its new address, without touching the entries', async () => {
    await settle(net);
    for (let block = 0; block < 5; block += 1) cluster.wire.mine(net.node(0));
    await net.delete(1);
    const entries = [0, 2].map((ordinal) => listed(net.node(ordinal)));
    const pod = await net.run(1);
    expect(await sync(net)).toMatchObject({ ...HEALTHY_MESH_OF_3, height: 5, atTip: 3 });
    expect([0, 2].map((ordinal) => listed(net.node(ordinal)))).toEqual(entries);
    expect(listed(pod)).toEqual(['net-sts-0.net-svc', 'net-sts-2.net-svc']);
    cluster.clock.advance(ROUNDS_MS);
    expect(await sync(net)).toMatchObject(HEALTHY_MESH_OF_3);
  });

  test('gives a container that restarted in place its entries and connections back; its chain it kept', async () => {
    await settle(net);
    for (let block = 0; block < 5; block += 1) cluster.wire.mine(net.node(0));
    net.restart(1);
    expect([listed(net.node(1)), net.node(1).links, net.node(1).height]).toEqual([[], [], 5]);
    expect(await sync(net)).toMatchObject({ ...HEALTHY_MESH_OF_3, height: 5, atTip: 3 });
    expect(listed(net.node(1))).toEqual(['net-sts-0.net-svc', 'net-sts-2.net-svc']);
  });

  test('disconnects strangers and entries that nobody asked for', async () => {
    await settle(net);
    const other = await cluster.network('other', 1, version);
    const stranger = other.node(0);
    stranger.dialler.dial(net.node(0).address, { added: false });
    net.node(2).dialler.entries.push('other-sts-0.other-svc', `${stranger.address}:18444`);
    cluster.clock.advance(ROUNDS_MS);
    expect(stranger.links).toHaveLength(2);
    expect(await inspectPeers(deps, request(net))).toMatchObject({ strayEdges: 4 });
    expect(await sync(net)).toMatchObject(HEALTHY_MESH_OF_3);
    cluster.clock.advance(ROUNDS_MS);
    expect(stranger.links).toEqual([]);
    expect(listed(net.node(2))).toEqual(['net-sts-0.net-svc', 'net-sts-1.net-svc']);
  });

  test('restores an entry that somebody removed, and the connection it had', async () => {
    await settle(net);
    const [first] = net.node(0).dialler.entries;
    net.node(0).dialler.entries.shift();
    expect(await sync(net)).toMatchObject(HEALTHY_MESH_OF_3);
    expect(net.node(0).dialler.entries).toContain(first);
  });

  test('is peered although entries are there already, or gone already', async () => {
    const members = net.endpoints;
    const refused = [
      await rpc.ask(net.endpoint(0), net.access, [core.keep('x.y'), core.keep('x.y')]),
      await rpc.ask(net.endpoint(0), net.access, [core.forget('x.y'), core.forget('x.y')]),
    ].map(([, second]) => second);
    expect(refused).toMatchObject([
      { ok: false, code: -23 },
      { ok: false, code: -24 },
    ]);
    // A second worker acts between the first one's look and its orders.
    const others = new PeerSync({ rpc, now: Date.now });
    const reports = await Promise.all([sync(net), others.syncPeers(request(net, members))]);
    for (const report of reports) expect(report).toMatchObject(HEALTHY_MESH_OF_3);
    expect(net.nodes.map((node) => node.dialler.entries.length)).toEqual([2, 2, 2]);
  });
});

describe('an address that another network has taken over', () => {
  /** Two networks, and a pod of the second at the address of a deleted pod of the first. */
  async function takenOver(): Promise<{ net: CoreCast; foreign: StubCore }> {
    const net = await cluster.network('net', 3, '28');
    const other = await cluster.network('other', 0, '28');
    await settle(net);
    const { address } = net.node(2);
    await net.delete(2);
    const foreign = await other.run(0, address);
    return { net, foreign };
  }

  test('is not dialled by a name that nobody has any more', async () => {
    const { net, foreign } = await takenOver();
    cluster.clock.advance(ROUNDS_MS);
    expect(foreign.links).toEqual([]);
    expect(await sync(net)).toMatchObject({ expectedEdges: 1, actualEdges: 1, strayEdges: 0 });
    expect(net.nodes.map(listed)).toEqual([['net-sts-1.net-svc'], ['net-sts-0.net-svc']]);
  });

  test('is left again when a name that is out of date led there, and never counts as the node of that name', async () => {
    const { net, foreign } = await takenOver();
    const pod = await net.run(2);
    cluster.names.set('net-sts-2.net-svc', foreign.address);
    cluster.clock.advance(ROUNDS_MS);
    expect(neighbours(foreign)).toEqual(addresses([net.node(0), net.node(1)]));
    expect(await inspectPeers(deps, request(net))).toMatchObject({ actualEdges: 1, strayEdges: 2 });

    expect(await sync(net)).toMatchObject(HEALTHY_MESH_OF_3);
    expect(foreign.links).toEqual([]);

    cluster.names.set('net-sts-2.net-svc', pod.address);
    cluster.clock.advance(ROUNDS_MS);
    expect(await sync(net)).toMatchObject(HEALTHY_MESH_OF_3);
    expect(foreign.links).toEqual([]);
    for (let block = 0; block < 9; block += 1) cluster.wire.mine(foreign);
    expect(net.nodes.map(({ height }) => height)).toEqual([0, 0, 0]);
  });
});

test('twelve nodes are one connected graph in which nobody lists more than eight or waits for a slot', async () => {
  const net = await cluster.network('net', 12, '28');
  const wanted = dials(net.endpoints.map(({ ordinal }) => ordinal));
  const report = await settle(net);
  expect(report).toMatchObject({ answered: 12, strayEdges: 0, faults: [] });
  expect(report.actualEdges).toBe(report.expectedEdges);
  for (const node of net.nodes) {
    expect(listed(node).length).toBeLessThanOrEqual(8);
    expect(node.links.filter(({ from, added }) => added && from === node).length).toBeLessThanOrEqual(8);
  }
  const edges = new Set(net.nodes.flatMap((node) => node.links.map(({ from, to }) => [from.address, to.address].toSorted().join('-')))); // prettier-ignore
  expect(edges.size).toBe([...wanted.values()].flat().length);
  const reached = new Set([net.node(0)]);
  for (const node of reached) for (const { from, to } of node.links) reached.add(from).add(to);
  expect(reached.size).toBe(12);
});

test('nine nodes that become twelve and nine again end as a full mesh, and all have the chain', async () => {
  const net = await cluster.network('net', 9, '0.21');
  expect(await settle(net)).toMatchObject({ expectedEdges: 36, actualEdges: 36, strayEdges: 0 });
  for (const ordinal of [9, 10, 11]) await net.run(ordinal);
  cluster.wire.mine(net.node(11));
  expect(await settle(net)).toMatchObject({ answered: 12, strayEdges: 0, height: 1, atTip: 12, faults: [] });
  for (const ordinal of [9, 10, 11]) await net.delete(ordinal);
  expect(await settle(net)).toMatchObject({ expectedEdges: 36, actualEdges: 36, strayEdges: 0, atTip: 9 });
  expect(net.nodes.map((node) => listed(node).length)).toEqual(Array.from({ length: 9 }, () => 8));
});
