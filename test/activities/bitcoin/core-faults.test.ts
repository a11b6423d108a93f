import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DEFAULT_MINING_ADDRESS } from '../../../activities/bitcoin/dialect.ts';
import { core } from '../../../activities/bitcoin/dialects/core.ts';
import { mineBlocks } from '../../../activities/bitcoin/mining.ts';
import type { MiningRequest } from '../../../activities/bitcoin/mining.ts';
import { CoreBench } from '../../support/stub-core-bench.ts';
import type { CoreCast } from '../../support/stub-core-cast.ts';
import { jsonReply, serialize } from '../../support/stub-core-http.ts';
import type { StubCore } from '../../support/stub-core.ts';
import type { Sabotage } from '../../support/stub-node.ts';

let bench: CoreBench;
let net: CoreCast;

beforeEach(() => {
  bench = new CoreBench();
});
afterEach(() => bench.stop());

/** Bytes that Core would send, and then the end of the connection. */
const json = (status: number, body: string): { bytes: string } => ({ bytes: serialize(jsonReply(status, body)) });
const half = ({ bytes }: { bytes: string }): { bytes: string } => ({ bytes: bytes.slice(0, -20) });
const always =
  (sabotage: Sabotage) =>
  (node: StubCore): void => {
    node.sabotage = () => sabotage;
  };

/** Bodies of answers, as they are given to the ids of the request. */
const answering =
  (results: unknown[]) =>
  (node: StubCore): void => {
    node.sabotage = (body) => {
      const ids = (JSON.parse(body) as { id: number }[]).map(({ id }) => id);
      return json(200, JSON.stringify(ids.map((id, index) => ({ result: results[index], error: null, id }))));
    };
  };
const CHAIN = { blocks: 1, bestblockhash: 'ab'.repeat(32) };

describe.each(['0.21', '28'] as const)(
  'of three nodes of Bitcoin Core %s the two others are peered while one',
  (version) => {
    beforeEach(async () => {
      net = await bench.cluster.network('net', 3, version);
    });

    test.each<[what: string, make: (node: StubCore) => void, reason: string, code: string | number | null]>([
      ['has other credentials', (node) => (node.password = 'another'), 'Unauthorized', 401],
      ['does not allow our address', (node) => (node.state = 'forbidden'), 'NotAllowed', 403],
      ['has a full work queue', (node) => (node.state = 'busy'), 'Busy', 503],
      ['is still loading its blocks', (node) => (node.state = 'warmup'), 'NotStarted', -28],
      [
        'is loading and answers a batch by one error',
        always(json(500, '{"result":null,"error":{"code":-28,"message":""},"id":null}\n')),
        'NotStarted',
        -28,
      ],
      [
        'takes a batch for no JSON',
        always(json(500, '{"result":null,"error":{"code":-32700,"message":"Parse error"},"id":null}\n')),
        'BadAnswer',
        500,
      ],
      ['answers half a head', always({ bytes: 'HTTP/1.1 200 OK\r\nContent-Ty' }), 'Closed', null],
      [
        'answers half a body and no more',
        always({ ...half(json(200, '[{"result":0,"error":null,"id":1}]\n')), keep: true }),
        'TimedOut',
        null,
      ],
      ['answers half a body', always(half(json(200, '[{"result":0,"error":null,"id":1}]\n'))), 'BadAnswer', null],
      ['answers fewer calls than there were', always(json(200, '[]\n')), 'BadAnswer', null],
      ['answers what is no JSON', always(json(200, '<html>\n')), 'BadAnswer', null],
      ['ends the connection without a word', always('close'), 'Closed', null],
      ['says nothing', always('hang'), 'TimedOut', null],
      ['lists no added nodes', answering([[], CHAIN, null]), 'BadAnswer', null],
      ['lists an added node without a name', answering([[], CHAIN, [{ connected: false }]]), 'BadAnswer', null],
      [
        'lists an added node without its addresses',
        answering([[], CHAIN, [{ addednode: 'x', addresses: 7 }]]),
        'BadAnswer',
        null,
      ],
    ])('%s', async (_, make, reason, code) => {
      const node = net.node(2);
      make(node);
      const report = await bench.sync(net, { timeoutMs: 500 });
      expect(report).toMatchObject({ wanted: 3, answered: 2, expectedEdges: 3, actualEdges: 1, strayEdges: 0 });
      expect(report.faults).toMatchObject([{ ordinal: 2, reason }]);
      if (code !== null) expect(report.faults[0]?.message).toContain(String(code));
      // Nobody dials it meanwhile; the entries stand, so that it is dialled when it is back.
      expect(net.nodes.flatMap(({ dialler }) => dialler.dials)).toEqual([`${net.node(0).address}:18444`]);
      expect(net.node(0).dialler.entries).toContain('net-sts-2.net-svc');
    });

    test('is gone, which is peered again as soon as it answers', async () => {
      net.node(2).state = 'warmup';
      await bench.sync(net);
      net.node(2).state = 'ready';
      expect(await bench.sync(net)).toMatchObject({
        answered: 3,
        actualEdges: 3,
        strayEdges: 0,
        faults: [],
      });
    });

    test('refuses an order, and the node’s own words are reported', async () => {
      const node = net.node(2);
      node.sabotage = (body) => {
        if (!body.includes('"add"')) return null;
        const ids = (JSON.parse(body) as { id: number }[]).map(({ id }) => id);
        const error = { code: -31, message: 'Error: Peer-to-peer functionality missing or disabled' };
        return json(200, JSON.stringify(ids.map((id) => ({ result: null, error, id }))));
      };
      const report = await bench.sync(net);
      expect(report).toMatchObject({ answered: 3, actualEdges: 1 });
      expect(report.faults).toMatchObject([{ ordinal: 2, reason: 'CallFailed' }]);
      expect(report.faults[0]?.message).toContain('-31: addnode: Error: Peer-to-peer functionality missing');
    });
  },
);

describe.each(['0.21', '28'] as const)('mining on Bitcoin Core %s', (version) => {
  const mining = (other: Partial<MiningRequest> = {}): MiningRequest => ({
    node: net.endpoint(1),
    access: net.access,
    dialect: core,
    blocks: 101,
    ...other,
  });

  beforeEach(async () => {
    net = await bench.cluster.network('net', 2, version);
    await bench.sync(net);
  });

  test('goes by generatetoaddress, to an address that is nobody’s, and all nodes follow', async () => {
    const bodies: string[] = [];
    net.node(1).sabotage = (body) => {
      bodies.push(body);
      return null;
    };
    const progress: number[] = [];
    const mined = await mineBlocks(bench, mining({ onProgress: (count) => progress.push(count) }));
    expect(mined).toEqual({ height: 101, tip: net.node(0).tip });
    expect(progress).toEqual([50, 100, 101]);
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject([
      { method: 'generatetoaddress', params: [50, DEFAULT_MINING_ADDRESS] },
      { method: 'getblockchaininfo' },
    ]);
    expect(net.node(0).height).toBe(101);
  });

  test('to an address that is none is refused, with the node’s words', async () => {
    await expect(mineBlocks(bench, mining({ address: 'nonsense' }))).rejects.toMatchObject({
      reason: 'CallFailed',
      code: -5,
      detail: 'generatetoaddress: Error: Invalid address',
    });
    expect(net.node(1).height).toBe(0);
  });

  test('is not tried again when the node ends in the middle of it', async () => {
    let posts = 0;
    net.node(1).sabotage = () => (++posts === 2 ? 'close' : null);
    await expect(mineBlocks(bench, mining())).rejects.toThrow(/after 50 of 101 blocks/);
    expect(net.node(1).height).toBe(50);
  });
});

test('a node that restarted in place is asked over a new connection, without a fault', async () => {
  net = await bench.cluster.network('net', 2, '28');
  await bench.sync(net);
  await bench.sync(net);
  expect(net.node(0).connections).toBe(1);
  net.restart(0);
  expect(await bench.sync(net)).toMatchObject({ answered: 2, actualEdges: 1, faults: [] });
  expect(net.node(0).connections).toBe(2);
});
