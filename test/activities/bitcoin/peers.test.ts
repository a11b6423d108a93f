import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { btcd } from '../../../activities/bitcoin/dialects/btcd.ts';
import { inspectPeers } from '../../../activities/bitcoin/inspect.ts';
import type { PeersDeps, PeersRequest } from '../../../activities/bitcoin/inspect.ts';
import { mineBlocks } from '../../../activities/bitcoin/mining.ts';
import { awaitPeering, PeerSync } from '../../../activities/bitcoin/peers.ts';
import { RpcClient } from '../../../activities/bitcoin/rpc.ts';
import { dials } from '../../../workflows/topology.ts';
import { StubCast } from '../../support/stub-node-cast.ts';

let cast: StubCast;
let rpc: RpcClient;
let deps: PeersDeps;
let sync: PeerSync;

beforeEach(async () => {
  cast = await StubCast.start(4);
  rpc = new RpcClient();
  deps = { rpc, now: Date.now };
  sync = new PeerSync(deps);
});
afterEach(async () => {
  await rpc.close();
  await cast.stop();
});

const request = (count?: number, other: Partial<PeersRequest> = {}): PeersRequest => ({
  members: cast.endpoints(count),
  access: cast.access,
  dialect: btcd,
  topology: dials,
  ...other,
});

const edges = (): string[] =>
  cast.network.links.map(({ from, to }) => `${nameOf(from.address)}-${nameOf(to.address)}`).toSorted();
const nameOf = (address: string): string => address.split('.').at(-1) ?? '';

const MESH_OF_4 = ['2-1', '3-1', '3-2', '4-1', '4-2', '4-3'];

describe('syncPeers', () => {
  test('connects every node with every other, once, the higher ordinal dialling', async () => {
    const report = await sync.syncPeers(request());
    expect(report).toMatchObject({
      wanted: 4,
      answered: 4,
      expectedEdges: 6,
      actualEdges: 6,
      strayEdges: 0,
      faults: [],
    });
    expect(edges()).toEqual(MESH_OF_4);
  });

  test('of a peered network costs one inspection and tells nobody anything', async () => {
    await sync.syncPeers(request());
    const posts = cast.nodes.map((node) => node.posts);
    await sync.syncPeers(request());
    expect(cast.nodes.map((node, index) => node.posts - (posts[index] ?? 0))).toEqual([1, 1, 1, 1]);
    expect(cast.nodes.flatMap((node) => node.calls.slice(-2))).not.toContain('addnode');
  });

  test('twice side by side dials no pair twice', async () => {
    await Promise.all([sync.syncPeers(request()), sync.syncPeers(request()), sync.syncPeers(request(3))]);
    await sync.syncPeers(request());
    expect(edges()).toEqual(MESH_OF_4);
    const early = cast.network.dials.slice(0, 6);
    expect(new Set(early).size).toBe(6);
  });

  test('connects a node that is added, which gets the chain', async () => {
    await sync.syncPeers(request(3));
    await mineBlocks({ rpc }, { node: cast.endpoint(0), access: cast.access, dialect: btcd, blocks: 5 });
    const report = await sync.syncPeers(request(4));
    expect(report).toMatchObject({ actualEdges: 6, height: 5, atTip: 4 });
  });

  test('cuts the connections to nodes that leave', async () => {
    await sync.syncPeers(request(4));
    const report = await sync.syncPeers(request(2));
    expect(report).toMatchObject({ expectedEdges: 1, actualEdges: 1, strayEdges: 0 });
    expect(edges()).toEqual(['2-1', '4-3']);
  });

  test('prunes duplicate connections and cuts strangers', async () => {
    const [one, two, three, four] = cast.nodes;
    if (!one || !two || !three || !four) throw new Error('there are four');
    cast.network.link(one, two);
    cast.network.link(two, one);
    cast.network.link(two, one);
    cast.network.link(four, one);
    expect(await inspectPeers(deps, request(3))).toMatchObject({ actualEdges: 1, strayEdges: 3 });
    expect(await sync.syncPeers(request(3))).toMatchObject({ actualEdges: 3, strayEdges: 0 });
    expect(edges()).toEqual(['2-1', '3-1', '3-2']);
  });

  test('heals a node that restarted in place with the same address', async () => {
    await sync.syncPeers(request());
    cast.node(1).restart();
    const members = cast.endpoints().with(1, cast.endpoint(1, { startedAt: '2026-01-01T01:00:00Z' }));
    expect(await inspectPeers(deps, request(4, { members }))).toMatchObject({ actualEdges: 3 });
    expect(await sync.syncPeers(request(4, { members }))).toMatchObject({ actualEdges: 6, strayEdges: 0 });
    expect(edges()).toEqual(MESH_OF_4);
  });

  test('replaces connections that the others still show though the node has forgotten them', async () => {
    await sync.syncPeers(request());
    cast.node(1).restart({ silently: true });
    const members = cast.endpoints().with(1, cast.endpoint(1, { startedAt: '2026-01-01T01:00:00Z' }));
    expect(await sync.syncPeers(request(4, { members }))).toMatchObject({ actualEdges: 6, strayEdges: 0 });
    expect(edges()).toEqual(MESH_OF_4);
  });

  test('peers the nodes that answer while another does not, and names the one that does not', async () => {
    cast.node(2).sabotage = () => 'hang';
    const report = await sync.syncPeers(request(4, { timeoutMs: 200 }));
    expect(report).toMatchObject({ answered: 3, expectedEdges: 6, actualEdges: 3 });
    expect(report.faults).toEqual([
      { ordinal: 2, reason: 'TimedOut', message: 'stub-sts-2 did not answer in time (200 ms)' },
    ]);
    expect(cast.network.dials).toHaveLength(3);
  });

  test('reports nodes that refuse what they are told', async () => {
    cast.node(1).sabotage = (body) => (body.includes('addnode') ? 'close' : null);
    const report = await sync.syncPeers(request(2));
    expect(report).toMatchObject({ answered: 2, actualEdges: 0 });
    expect(report.faults).toMatchObject([{ ordinal: 1, reason: 'Closed' }]);
  });

  test('does not wait for what is not done soon while more nodes are on their way', async () => {
    let asked = 0;
    cast.node(1).sabotage = (body) => {
      if (body.includes('addnode')) return 'close';
      asked += 1;
      return null;
    };
    const clock = new PeerSync({ rpc, now: () => asked * 250 });
    const asks = async (isPartial: boolean): Promise<number> => {
      asked = 0;
      expect(await clock.syncPeers(request(2, { isPartial }))).toMatchObject({ actualEdges: 0 });
      return asked;
    };
    expect(await asks(true)).toBe(2);
    expect(await asks(false)).toBeGreaterThan(5);
  });

  test('cannot be talked into a connection with another network', async () => {
    const stranger = await cast.add({ tag: 'another network' });
    await sync.syncPeers(request(4));
    cast.network.dial(stranger, cast.node(0).address, false);
    expect(await sync.syncPeers(request(4))).toMatchObject({ actualEdges: 6, strayEdges: 0 });
    expect(stranger.links).toEqual([]);
  });

  test('ends at once when the caller gives up', async () => {
    const reason = new Error('enough');
    await expect(sync.syncPeers(request(4, { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
    expect(cast.network.dials).toEqual([]);
    expect(await sync.syncPeers(request(4))).toMatchObject({ actualEdges: 6 });
  });
});

describe('inspectPeers', () => {
  test('asks each node by one POST and changes nothing', async () => {
    await inspectPeers(deps, request());
    expect(cast.nodes.map((node) => node.posts)).toEqual([1, 1, 1, 1]);
    expect(cast.nodes.flatMap((node) => node.calls)).toEqual(
      Array.from({ length: 4 }, () => ['getpeerinfo', 'getblockchaininfo']).flat(),
    );
  });

  test('of nobody is empty', async () => {
    expect(await inspectPeers(deps, request(0))).toMatchObject({ wanted: 0, expectedEdges: 0, height: null });
  });
});

describe('awaitPeering', () => {
  test('returns as soon as a connection drops', async () => {
    const since = await sync.syncPeers(request());
    const waiting = awaitPeering(deps, request(), { since, withinMs: 20_000 });
    const [link] = cast.network.links;
    if (link) cast.network.cut(link);
    expect(await waiting).toMatchObject({ actualEdges: 5 });
  });

  test('returns as soon as a node no longer answers', async () => {
    const since = await sync.syncPeers(request());
    const waiting = awaitPeering(deps, request(), { since, withinMs: 20_000 });
    cast.node(3).sabotage = () => 'close';
    expect(await waiting).toMatchObject({ answered: 3, faults: [{ ordinal: 3, reason: 'Closed' }] });
  });

  test('returns the newest report when the time is over or the caller gives up', async () => {
    const since = await sync.syncPeers(request());
    expect(await awaitPeering(deps, request(), { since, withinMs: 0 })).toMatchObject({ actualEdges: 6 });
    const signal = AbortSignal.timeout(50);
    expect(await awaitPeering(deps, request(4, { signal }), { since, withinMs: 60_000 })).toMatchObject({
      actualEdges: 6,
    });
  });
});

describe('mineBlocks', () => {
  const mining = (blocks: number) => ({ node: cast.endpoint(1), access: cast.access, dialect: btcd, blocks });

  test('mines in calls of bounded length and returns height and tip', async () => {
    const progress: number[] = [];
    const mined = await mineBlocks({ rpc }, { ...mining(101), onProgress: (count) => progress.push(count) });
    expect(mined).toEqual({ height: 101, tip: cast.node(1).tip });
    expect(progress).toEqual([50, 100, 101]);
  });

  test('is never repeated: a fault says how many blocks there are', async () => {
    let calls = 0;
    cast.node(1).sabotage = () => (++calls === 2 ? 'close' : null);
    await expect(mineBlocks({ rpc }, mining(101))).rejects.toThrow(/after 50 of 101 blocks/);
    expect(cast.node(1).height).toBe(50);
  });

  test('says what the node said when it cannot mine', async () => {
    const node = await cast.add({ mines: false });
    const endpoint = cast.endpoint(cast.nodes.indexOf(node));
    await expect(mineBlocks({ rpc }, { ...mining(1), node: endpoint })).rejects.toMatchObject({
      reason: 'CallFailed',
      code: -32603,
      message: expect.stringContaining('--miningaddr') as unknown,
    });
  });
});
