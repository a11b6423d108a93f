/** What the stub of Bitcoin Core puts on the wire, so that whoever tests against it knows what to trust. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { connect } from 'node:net';
import { CoreCluster } from '../../support/stub-core-cast.ts';
import type { CoreCast } from '../../support/stub-core-cast.ts';
import { GENESIS } from '../../support/stub-node-network.ts';
import type { CoreVersion, StubCore } from '../../support/stub-core.ts';

let cluster: CoreCluster;
let net: CoreCast;
let node: StubCore;

const start = async (version: CoreVersion, count = 1): Promise<void> => {
  net = await cluster.network('net', count, version);
  node = net.node(0);
};

beforeEach(() => {
  cluster = new CoreCluster();
});
afterEach(() => cluster.stop());

const post = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { authorization: net.access.authorization() },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

async function answer(init: RequestInit, path = '/'): Promise<[status: number, body: string]> {
  const response = await fetch(`http://${node.address}:${String(node.port)}${path}`, init);
  return [response.status, await response.text()];
}

const ask = (body: unknown): Promise<[status: number, body: string]> => answer(post(body));

const HEIGHT = { method: 'getblockcount', params: [], id: 1 };
const REMOVE = { method: 'addnode', params: ['x.y', 'remove'], id: 2 };
const NOT_ADDED = '{"code":-24,"message":"Error: Node could not be removed. It has not been added previously."}';

/** Sends bytes and returns all that comes back within the same connection until so many answers are there. */
async function raw(request: string, answers: number): Promise<string> {
  const socket = connect(node.port, node.address);
  socket.write(request);
  let received = '';
  for await (const chunk of socket) {
    received += String(chunk);
    if (received.split('HTTP/1.1 ').length > answers && received.endsWith('\n')) break;
  }
  return received;
}

describe.each(['0.21', '28'] as const)('a stub of version %s', (version) => {
  beforeEach(() => start(version, 2));

  test('tells when a block was made, and that it does not know another', async () => {
    const mined = node.mine();
    const header = async (hash: string): Promise<Record<string, unknown>> =>
      JSON.parse((await ask({ method: 'getblockheader', params: [hash, true], id: 1 }))[1]) as Record<string, unknown>;
    expect(await header(GENESIS)).toMatchObject({ result: { height: 0, time: 1296688602, nextblockhash: mined } });
    expect(await header(mined)).toMatchObject({ result: { height: 1, confirmations: 1, previousblockhash: GENESIS } });
    const { result } = (await header(mined)) as { result: { time: number } };
    expect(Math.abs(Date.now() / 1000 - result.time)).toBeLessThan(3_600);
    expect(await header('ab'.repeat(32))).toMatchObject({ error: { code: -5, message: 'Block not found' } });
    expect(await header('ab')).toMatchObject({ error: { code: -8 } });
  });

  test('answers a call by 200, an error by 500, an unknown method by 404, a request that is none by 400', async () => {
    expect(await ask(HEIGHT)).toEqual([200, '{"result":0,"error":null,"id":1}\n']);
    expect(await ask(REMOVE)).toEqual([500, `{"result":null,"error":${NOT_ADDED},"id":2}\n`]);
    const unknown = '{"code":-32601,"message":"Method not found"}';
    expect(await ask({ method: 'getinfo', id: 3 })).toEqual([404, `{"result":null,"error":${unknown},"id":3}\n`]);
    const missing = '{"code":-32600,"message":"Missing method"}';
    expect(await ask({ id: 4 })).toEqual([400, `{"result":null,"error":${missing},"id":4}\n`]);
  });

  test('answers a batch by 200, with the errors inside', async () => {
    const body = `[{"result":0,"error":null,"id":1},{"result":null,"error":${NOT_ADDED},"id":2}]\n`;
    expect(await ask([HEIGHT, REMOVE])).toEqual([200, body]);
    expect(await ask([])).toEqual([200, '[]\n']);
  });

  test('answers what is no JSON by 500', async () => {
    const error = '{"code":-32700,"message":"Parse error"}';
    expect(await ask('{')).toEqual([500, `{"result":null,"error":${error},"id":null}\n`]);
    const top = '{"code":-32700,"message":"Top-level object parse error"}';
    expect(await ask('7')).toEqual([500, `{"result":null,"error":${top},"id":null}\n`]);
  });

  test('says -28 to every call while it starts, inside a batch and outside', async () => {
    node.state = 'warmup';
    const [status, body] = await ask(HEIGHT);
    expect([status, JSON.parse(body)]).toMatchObject([500, { result: null, error: { code: -28 }, id: 1 }]);
    const [batchStatus, batch] = await ask([HEIGHT]);
    expect([batchStatus, JSON.parse(batch)]).toMatchObject([200, [{ error: { code: -28 } }]]);
  });

  test('refuses before it looks at the request', async () => {
    expect(await answer({ ...post(HEIGHT), headers: {} })).toEqual([401, '']);
    expect(await answer({ method: 'GET' })).toEqual([405, 'JSONRPC server handles only POST requests']);
    node.state = 'forbidden';
    expect(await ask(HEIGHT)).toEqual([403, '']);
    node.state = 'busy';
    expect(await ask(HEIGHT)).toEqual([503, 'Work queue depth exceeded']);
  });

  test('tells its chain to whoever asks without credentials', async () => {
    const [status, body] = await answer({ method: 'GET' }, '/rest/chaininfo.json');
    expect([status, JSON.parse(body)]).toMatchObject([200, { chain: 'regtest', blocks: 0, bestblockhash: GENESIS }]);
  });

  test('keeps the connection, and writes libevent’s headers', async () => {
    const body = JSON.stringify(HEIGHT);
    const head = `POST / HTTP/1.1\r\nAuthorization: ${net.access.authorization()}\r\nContent-Length: ${String(body.length)}\r\n\r\n`;
    const reply =
      'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: *\r\nContent-Length: 33\r\n\r\n{"result":0,"error":null,"id":1}\n';
    const received = await raw(`${head}${body}${head}${body}`, 2);
    expect(received.replaceAll(/Date: .*?\r/g, 'Date: *\r')).toBe(reply + reply);
    expect(node.connections).toBe(1);
  });

  test('mines to an address, and to none that is not one', async () => {
    const mine = (address: string) => ask({ method: 'generatetoaddress', params: [2, address], id: 1 });
    const [, body] = await mine('mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8');
    expect(JSON.parse(body)).toEqual({ result: node.chain, error: null, id: 1 });
    expect(node.height).toBe(2);
    expect(await mine('nonsense')).toEqual([
      500,
      '{"result":null,"error":{"code":-5,"message":"Error: Invalid address"},"id":1}\n',
    ]);
    const [status] = await ask({ method: 'generate', params: [1], id: 1 });
    expect(status).toBe(404);
  });

  test('lists an added node before it is dialled, dials it by its name, and disconnects it by that', async () => {
    const call = async (method: string, ...params: unknown[]): Promise<unknown> =>
      (JSON.parse((await ask({ method, params, id: 1 }))[1]) as { result: unknown }).result;
    const name = 'net-sts-1.net-svc';
    const { address } = net.node(1);
    expect(await call('addnode', name, 'add')).toBe(null);
    expect(await call('getaddednodeinfo')).toEqual([{ addednode: name, connected: false, addresses: [] }]);
    cluster.clock.advance(2_000);
    const addresses = [{ address: `${address}:18444`, connected: 'outbound' }];
    expect(await call('getaddednodeinfo', name)).toEqual([{ addednode: name, connected: true, addresses }]);
    expect(await call('getpeerinfo')).toMatchObject([
      { id: 0, addr: name, inbound: false, connection_type: 'manual', subver: expect.stringContaining('(uid-net)') },
    ]);
    expect(await call('addnode', name, 'remove')).toBe(null);
    expect(await call('getconnectioncount')).toBe(1);
    expect(await call('disconnectnode', name)).toBe(null);
    expect(await call('getconnectioncount')).toBe(0);
    const gone = '{"code":-29,"message":"Node not found in connected nodes"}';
    expect(await ask({ method: 'disconnectnode', params: ['', 0], id: 1 })).toEqual([
      500,
      `{"result":null,"error":${gone},"id":1}\n`,
    ]);
  });

  test('forgets entries and connections when it restarts, and keeps its chain', () => {
    node.dialler.entries.push('net-sts-1.net-svc');
    cluster.clock.advance(2_000);
    node.mine();
    node.restart();
    expect([node.dialler.entries, node.links, node.height]).toEqual([[], [], 1]);
  });
});

describe('the thread that dials added nodes', () => {
  const advance = (ms: number): void => {
    cluster.clock.advance(ms);
  };

  test('waits two seconds after a round that dialled nobody, a minute after one that did', async () => {
    await start('28');
    node.dialler.entries.push('nobody');
    advance(1_999);
    expect(node.dialler.dials).toEqual([]);
    advance(1);
    expect(node.dialler.dials).toEqual(['nobody']);
    node.dialler.entries.push('late');
    advance(60_499);
    expect(node.dialler.dials).toHaveLength(1);
    advance(1);
    expect(node.dialler.dials).toEqual(['nobody', 'nobody']);
    advance(500);
    expect(node.dialler.dials).toEqual(['nobody', 'nobody', 'late']);
  });

  test('looks a name up at every dial', async () => {
    await start('28', 2);
    const { address } = net.node(1);
    cluster.names.delete('net-sts-1.net-svc');
    node.dialler.entries.push('net-sts-1.net-svc');
    advance(2_000);
    expect(node.links).toEqual([]);
    cluster.names.set('net-sts-1.net-svc', address);
    advance(61_000);
    expect(node.links).toHaveLength(1);
  });

  test('has eight slots, which a removed entry keeps until its connection is closed', async () => {
    await start('28', 11);
    const names = net.endpoints.slice(1).map(({ pod }) => `${pod}.net-svc`);
    node.dialler.entries.push(...names);
    advance(500_000);
    expect(node.links).toHaveLength(8);
    const [first] = node.links;
    node.dialler.entries = node.dialler.entries.filter((name) => name !== first?.name);
    advance(500_000);
    expect(node.links).toHaveLength(8);
    if (first !== undefined) cluster.wire.cut(first);
    advance(1_000);
    expect(node.links.map(({ name }) => name)).toEqual(names.slice(1, 9));
  });
});

describe('JSON-RPC 2.0 to a stub', () => {
  const V2 = { jsonrpc: '2.0' };

  test('of version 28 is answered by 200, with either a result or an error', async () => {
    await start('28');
    expect(await ask({ ...V2, ...HEIGHT })).toEqual([200, '{"jsonrpc":"2.0","result":0,"id":1}\n']);
    expect(await ask({ ...V2, ...REMOVE })).toEqual([200, `{"jsonrpc":"2.0","error":${NOT_ADDED},"id":2}\n`]);
    expect(await ask({ ...V2, method: 'getblockcount' })).toEqual([204, '']);
    expect(await ask([{ ...V2, method: 'getblockcount' }])).toEqual([204, '']);
    const [status] = await ask({ ...HEIGHT, jsonrpc: '3.0' });
    expect(status).toBe(400);
  });

  test('of version 0.21 is answered like any other', async () => {
    await start('0.21');
    expect(await ask({ ...V2, ...HEIGHT })).toEqual([200, '{"result":0,"error":null,"id":1}\n']);
    const [status] = await ask({ ...V2, ...REMOVE });
    expect(status).toBe(500);
  });
});
