import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { btcd } from '../../../activities/bitcoin/dialects/btcd.ts';
import { inspectPeers } from '../../../activities/bitcoin/inspect.ts';
import type { PeersDeps, PeersRequest } from '../../../activities/bitcoin/inspect.ts';
import { cutLaggards } from '../../../activities/bitcoin/laggards.ts';
import { awaitOneTip } from '../../../activities/bitcoin/one-tip.ts';
import { PeerSync } from '../../../activities/bitcoin/peers.ts';
import { RpcClient } from '../../../activities/bitcoin/rpc.ts';
import { tipTime } from '../../../activities/bitcoin/tip-time.ts';
import { dials } from '../../../workflows/topology.ts';
import { StubCast } from '../../support/stub-node-cast.ts';

let cast: StubCast;
let rpc: RpcClient;
let deps: PeersDeps;
let request: PeersRequest;

beforeEach(async () => {
  cast = await StubCast.start(3);
  rpc = new RpcClient();
  deps = { rpc, now: Date.now };
  request = { members: cast.endpoints(3), access: cast.access, dialect: btcd, topology: dials };
});
afterEach(async () => {
  await rpc.close();
  await cast.stop();
});

const callsOf = (method: string): number =>
  cast.nodes.flatMap(({ calls }) => calls).filter((call) => call === method).length;

describe('the time of the newest block', () => {
  const mineAt = (seconds: number): void => {
    const [node] = cast.nodes;
    if (node) cast.network.times.set(cast.network.mine(node), seconds);
  };

  test('is that of its header, and is asked once per block, however often one looks', async () => {
    await new PeerSync(deps).syncPeers(request);
    mineAt(1_700_000_000 + process.pid);
    for (let look = 0; look < 3; look += 1) {
      const report = await inspectPeers(deps, request);
      expect(await tipTime(deps, request, report)).toBe(new Date((1_700_000_000 + process.pid) * 1000).toISOString());
    }
    expect(callsOf('getblockheader')).toBe(1);
  });

  test('is told by another node when the first does not have the block, and unknown when none says so', async () => {
    const [first, second] = cast.nodes;
    if (!first || !second) throw new Error('the cast is too small');
    cast.network.times.set(cast.network.mine(second), 1_600_000_000 + process.pid);
    expect(first.height).toBe(0);
    const report = await inspectPeers(deps, request);
    expect(await tipTime(deps, request, report)).toBe(new Date((1_600_000_000 + process.pid) * 1000).toISOString());
    expect(await tipTime(deps, request, { ...report, tip: 'cd'.repeat(32) })).toBeNull();
    expect(await tipTime(deps, request, { ...report, tip: null })).toBeNull();
  });
});

describe('nodes that stay behind', () => {
  test('lose their connections; nodes that are not behind keep theirs', async () => {
    await new PeerSync(deps).syncPeers(request);
    const [first, second, third] = cast.nodes;
    if (!first || !second || !third) throw new Error('the cast is too small');
    // Blocks that nobody passed on.
    first.chain = second.chain = ['ab'.repeat(32)];
    expect(await cutLaggards(deps, request)).toEqual([2]);
    expect(cast.network.links).toHaveLength(1);
    expect(cast.network.linksOf(third)).toEqual([]);

    await new PeerSync(deps).syncPeers(request);
    cast.network.relay();
    expect(await awaitOneTip(deps, request)).toMatchObject({ atTip: 3, actualEdges: 3 });
    expect(await cutLaggards(deps, request)).toEqual([]);
  });

  test('that catch up meanwhile are left alone', async () => {
    await new PeerSync(deps).syncPeers(request);
    const [first, second, third] = cast.nodes;
    if (!first || !second || !third) throw new Error('the cast is too small');
    first.chain = second.chain = ['ab'.repeat(32), 'cd'.repeat(32)];
    // The second time that it is asked it has got one more.
    let asked = 0;
    third.sabotage = () => {
      asked += 1;
      if (asked === 2) third.chain = ['ab'.repeat(32)];
      return null;
    };
    expect(await cutLaggards(deps, request)).toEqual([]);
    expect(cast.network.links).toHaveLength(3);
  });
});
