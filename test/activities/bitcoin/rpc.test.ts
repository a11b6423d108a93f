import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { issueCertificate } from '../../../activities/bitcoin/certificate.ts';
import { NetworkAccess } from '../../../activities/bitcoin/endpoint.ts';
import { RpcFault } from '../../../activities/bitcoin/rpc-fault.ts';
import { RpcClient } from '../../../activities/bitcoin/rpc.ts';
import type { AskOptions, RpcCall } from '../../../activities/bitcoin/rpc.ts';
import { StubCast } from '../../support/stub-node-cast.ts';
import { GENESIS, StubNetwork } from '../../support/stub-node-network.ts';
import { StubNode } from '../../support/stub-node.ts';
import type { Sabotage } from '../../support/stub-node.ts';
import { jsonResponse, textResponse } from '../../support/stub-node-http.ts';

const HEIGHT: RpcCall = { method: 'getblockcount', params: [] };
const TIP: RpcCall = { method: 'getbestblockhash', params: [] };

let cast: StubCast;
const rpc = new RpcClient();

beforeAll(async () => {
  cast = await StubCast.start(2);
});
afterEach(() => {
  for (const node of cast.nodes) node.sabotage = () => null;
});
afterAll(async () => {
  await rpc.close();
  await cast.stop();
});

const ask = (calls = [HEIGHT], options: AskOptions = {}): Promise<unknown> =>
  rpc.ask(cast.endpoint(0), cast.access, calls, options);

async function faultOf(work: Promise<unknown>): Promise<RpcFault> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RpcFault)) throw new Error('there was no RpcFault', { cause: error });
  return error;
}

describe('a batch', () => {
  test('is one POST whose answers come back in the order of the calls', async () => {
    const before = cast.node(0).posts;
    const answers = await ask([TIP, HEIGHT]);
    expect(answers).toEqual([
      { ok: true, result: GENESIS },
      { ok: true, result: 0 },
    ]);
    expect(cast.node(0).posts - before).toBe(1);
  });

  test('keeps the error of one call apart from the results of the others', async () => {
    const answers = await ask([{ method: 'getnetworkinfo', params: [] }, HEIGHT]);
    expect(answers).toEqual([
      { ok: false, code: -1, message: 'Command unimplemented' },
      { ok: true, result: 0 },
    ]);
  });

  test('without calls asks nobody', async () => {
    const before = cast.node(0).posts;
    expect(await ask([])).toEqual([]);
    expect(cast.node(0).posts).toBe(before);
  });

  test('is answered also where answers come in another order', async () => {
    cast.node(0).sabotage = (body) => {
      const [one, other] = JSON.parse(body) as { id: number }[];
      const answers = [
        { id: other?.id, result: 'second' },
        { id: one?.id, result: 'first' },
      ];
      return { bytes: jsonResponse(JSON.stringify(answers)) };
    };
    expect(await ask([HEIGHT, TIP])).toEqual([
      { ok: true, result: 'first' },
      { ok: true, result: 'second' },
    ]);
  });
});

describe('a fault has a stable reason:', () => {
  test('wrong credentials', async () => {
    const fault = await faultOf(rpc.ask(cast.endpoint(0), cast.accessWith({ password: 'no' }), [HEIGHT]));
    expect(fault).toMatchObject({ reason: 'Unauthorized', code: 401, pod: 'stub-sts-0' });
    expect(fault.message).toBe('stub-sts-0 does not accept the credentials of the network (401)');
  });

  test.each<[string, Sabotage, string]>([
    ['an address that is not allowed', { bytes: textResponse('403 Forbidden', '') }, 'NotAllowed'],
    ['too many clients', { bytes: textResponse('503 Service Unavailable', 'busy') }, 'Busy'],
    ['a page that is not there', { bytes: textResponse('404 Not Found', 'nope') }, 'BadAnswer'],
    ['an internal error', { bytes: textResponse('500 Internal Server Error', 'oops') }, 'BadAnswer'],
    ['a redirection', { bytes: textResponse('302 Found', 'x', 'Location: http://127.0.0.1/\r\n') }, 'BadAnswer'],
    ['garbage instead of HTTP', { bytes: '\u0000\u0001 what?\r\n\r\n' }, 'BadAnswer'],
    ['garbage instead of JSON', { bytes: jsonResponse('<html>') }, 'BadAnswer'],
    ['half an answer', { bytes: jsonResponse('[{"jsonrpc":"1.0","result":0,"err').trimEnd() }, 'BadAnswer'],
    ['an answer cut off', { bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n[{"id"' }, 'BadAnswer'],
    ['an object where an array belongs', { bytes: jsonResponse('{"result":0,"error":null,"id":1}') }, 'BadAnswer'],
    ['an answer to another question', { bytes: jsonResponse('[{"result":0,"error":null,"id":-5}]') }, 'BadAnswer'],
    ['an empty answer', { bytes: jsonResponse('[]') }, 'BadAnswer'],
    ['an entry that is none', { bytes: jsonResponse('[null]') }, 'BadAnswer'],
    ['an error without a code', { bytes: jsonResponse('[{"id":1,"error":"x"}]') }, 'BadAnswer'],
    ['an answer without end', { bytes: jsonResponse(`["${'x'.repeat(5 * 1024 * 1024)}"]`) }, 'BadAnswer'],
    ['a connection closed without an answer', 'close', 'Closed'],
    ['a node that never answers', 'hang', 'TimedOut'],
  ])('%s', async (_, sabotage, reason) => {
    cast.node(0).sabotage = () => sabotage;
    const fault = await faultOf(ask([HEIGHT], { timeoutMs: sabotage === 'hang' ? 100 : 5_000 }));
    expect(`${fault.reason} ${fault.message}`).toMatch(new RegExp(`^${reason} stub-sts-0 `));
  });

  test('a node that is still starting, as one call says it and as the whole answer says it', async () => {
    cast.node(0).sabotage = (body) => {
      const id = (JSON.parse(body) as { id: number }[])[0]?.id;
      return { bytes: jsonResponse(JSON.stringify([{ id, result: null, error: { code: -28, message: 'Loading' } }])) };
    };
    expect((await faultOf(ask())).reason).toBe('NotStarted');
    const whole = '{"result":null,"error":{"code":-28,"message":"Loading"},"id":null}';
    cast.node(0).sabotage = () => ({ bytes: textResponse('500 Internal Server Error', whole) });
    expect((await faultOf(ask())).reason).toBe('NotStarted');
  });

  test('nobody listens', async () => {
    const closed = createServer();
    const port = await new Promise<number>((resolve) => {
      closed.listen(0, '127.0.0.1', () => {
        const address = closed.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
    await new Promise((resolve) => closed.close(resolve));
    const fault = await faultOf(rpc.ask(cast.endpoint(0, { address: '127.0.0.1', port }), cast.access, [HEIGHT]));
    expect(fault).toMatchObject({ reason: 'Refused', code: 'ECONNREFUSED' });
  });

  test('a TLS handshake that never ends', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const endpoint = cast.endpoint(0, { address: '127.0.0.1', port });
    const sockets: { destroy: () => void }[] = [];
    silent.on('connection', (socket) => sockets.push(socket));
    const fault = await faultOf(rpc.ask(endpoint, cast.access, [HEIGHT], { timeoutMs: 100 }));
    expect(fault.reason).toBe('TimedOut');
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  test('the caller gave up: its own reason, not a fault', async () => {
    cast.node(0).sabotage = () => 'hang';
    const reason = new Error('enough');
    const controller = new AbortController();
    const asked = ask([HEIGHT], { signal: controller.signal });
    setTimeout(() => {
      controller.abort(reason);
    }, 30);
    await expect(asked).rejects.toBe(reason);
    await expect(ask([HEIGHT], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('trust', () => {
  test('a certificate of another authority is refused', async () => {
    const other = await issueCertificate({ hosts: ['*.stub-svc.test.svc'], now: new Date() });
    const fault = await faultOf(rpc.ask(cast.endpoint(0), cast.accessWith({ ca: other.ca }), [HEIGHT]));
    expect(fault.reason).toBe('Untrusted');
  });

  test('a certificate of another host name is refused', async () => {
    const fault = await faultOf(rpc.ask(cast.endpoint(0, { host: 'a.other-svc.test.svc' }), cast.access, [HEIGHT]));
    expect(fault).toMatchObject({ reason: 'Untrusted', code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  test('a certificate that has expired is refused', async () => {
    const old = await issueCertificate({ hosts: ['*.stub-svc.test.svc'], now: new Date('2001-01-01') });
    const network = new StubNetwork();
    const node = await new StubNode({ address: '127.77.251.1', network, tls: old }).start();
    const endpoint = cast.endpoint(0, { address: node.address, port: node.port });
    const fault = await faultOf(rpc.ask(endpoint, cast.accessWith({ ca: old.ca }), [HEIGHT]));
    expect(fault).toMatchObject({ reason: 'Untrusted', code: 'CERT_HAS_EXPIRED' });
    await node.stop();
  });

  test('no authority of the system is trusted in place of the network’s', async () => {
    const fault = await faultOf(rpc.ask(cast.endpoint(0), cast.accessWith({ ca: '' }), [HEIGHT]));
    expect(fault.reason).toBe('Untrusted');
  });

  test('an address that another network has taken over is not asked over the first one’s connection', async () => {
    const address = '127.77.251.2';
    const networks = new StubNetwork();
    const first = await new StubNode({ address, network: networks, tls: null }).start();
    first.sabotage = open;
    const endpoint = cast.endpoint(0, { address, port: first.port });
    const plain = { ca: null, user: 'user', password: 'password' };
    const one = new NetworkAccess({ networkUid: 'one', ...plain });
    const two = new NetworkAccess({ networkUid: 'two', ...plain });
    await rpc.ask(endpoint, one, [HEIGHT]);
    await rpc.ask(endpoint, one, [HEIGHT]);
    expect(first.connections).toBe(1);
    await rpc.ask(endpoint, two, [HEIGHT]);
    expect(first.connections).toBe(2);
    await first.stop();
  });
});

describe('a kept-alive connection that the node has closed', () => {
  /** The first answer leaves the connection open; the next request on it is met by its end. */
  async function flakyNode(address: string): Promise<StubNode> {
    const node = await new StubNode({ address, network: new StubNetwork(), tls: null }).start();
    let requests = 0;
    node.sabotage = (body) => (++requests === 2 ? 'close' : open(body));
    return node;
  }

  test('is replaced once where the batch may be carried out twice', async () => {
    const node = await flakyNode('127.77.251.3');
    const endpoint = cast.endpoint(0, { address: node.address, port: node.port });
    const access = cast.accessWith({ ca: null });
    await rpc.ask(endpoint, access, [HEIGHT], { idempotent: true });
    expect(await rpc.ask(endpoint, access, [HEIGHT], { idempotent: true })).toEqual([{ ok: true, result: 7 }]);
    expect(node.posts).toBe(3);
    await node.stop();
  });

  test('is a fault where the batch must not be carried out twice', async () => {
    const node = await flakyNode('127.77.251.4');
    const endpoint = cast.endpoint(0, { address: node.address, port: node.port });
    const access = cast.accessWith({ ca: null });
    await rpc.ask(endpoint, access, [HEIGHT]);
    expect((await faultOf(rpc.ask(endpoint, access, [HEIGHT]))).reason).toBe('Closed');
    expect(node.posts).toBe(2);
    await node.stop();
  });
});

describe('credentials', () => {
  const access = new NetworkAccess({ networkUid: 'u', user: 'alice', password: 'hunter2', ca: null });
  const basic = Buffer.from('alice:hunter2').toString('base64');

  test('are shown by nothing that prints', () => {
    for (const text of [JSON.stringify({ access }), inspect(access), String(access), inspect({ a: { access } })]) {
      expect(text).toContain('[hidden]');
      expect(text).not.toContain('hunter2');
      expect(text).not.toContain(basic);
    }
  });

  test('are taken out of what a node echoes, and stand in no fault', async () => {
    cast.node(0).sabotage = (body) => {
      const id = (JSON.parse(body) as { id: number }[])[0]?.id;
      const message = `I got password from ${Buffer.from('user:password').toString('base64')}`;
      return { bytes: jsonResponse(JSON.stringify([{ id, error: { code: -8, message } }])) };
    };
    expect(await ask()).toEqual([{ ok: false, code: -8, message: 'I got [hidden] from [hidden]' }]);
    cast.node(0).sabotage = () => 'close';
    const fault = await faultOf(ask());
    expect(inspect(fault, { depth: null })).not.toMatch(/dXNlcjpwYXNzd29yZA|Basic/);
  });
});

test('more nodes than may be asked at once are all asked', async () => {
  const answers = await Promise.all(Array.from({ length: 600 }, () => ask([HEIGHT], { timeoutMs: 60_000 })));
  expect(answers).toHaveLength(600);
});

test('mining does not hold up what is asked meanwhile', async () => {
  const node = cast.node(0);
  node.sabotage = (body) => (body.includes('"generate"') ? 'hang' : null);
  const controller = new AbortController();
  const mining = ask([{ method: 'generate', params: [1] }], { lane: 'mining', signal: controller.signal });
  expect(await ask()).toEqual([{ ok: true, result: 0 }]);
  controller.abort(new Error('done'));
  await expect(mining).rejects.toThrow('done');
});

/** An answer that keeps the connection, as Core gives it. */
function open(body: string): Sabotage {
  const batch = JSON.parse(body) as { id: number }[];
  const json = JSON.stringify(batch.map(({ id }) => ({ id, result: 7, error: null })));
  return { bytes: `HTTP/1.1 200 OK\r\nContent-Length: ${String(json.length)}\r\n\r\n${json}`, keep: true };
}
