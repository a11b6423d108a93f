/** The stub node of the unit tests answers like the real btcd: the same requests go to both, and what comes back is compared. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { issueCertificate } from '../../activities/bitcoin/certificate.ts';
import { btcd } from '../../activities/bitcoin/dialects/btcd.ts';
import { NetworkAccess } from '../../activities/bitcoin/endpoint.ts';
import { mineBlocks } from '../../activities/bitcoin/mining.ts';
import { RpcClient } from '../../activities/bitcoin/rpc.ts';
import { REAL_RPC_PORT, startBtcd } from '../support/real-btcd.ts';
import type { RealBtcd } from '../support/real-btcd.ts';
import { GENESIS, StubNetwork } from '../support/stub-node-network.ts';
import { StubNode } from '../support/stub-node.ts';

const HOST = 'a.stub-svc.test.svc';
const ADDRESSES = { real: ['127.78.0.1', '127.78.0.2'], stub: ['127.78.1.1', '127.78.1.2'] } as const;

/** Times that a state which takes effect in the background is looked for, 50 ms apart. */
const LOOKS = 400;

const tls = await issueCertificate({ hosts: [HOST], now: new Date() });
const reals: RealBtcd[] = [];
const stubs: StubNode[] = [];

interface Side {
  name: 'real' | 'stub';
  address: string;
  other: string;
  port: number;
}
let sides: [Side, Side];

beforeAll(async () => {
  const program = process.env['BTCNET_BTCD'];
  if (!program) throw new Error('BTCNET_BTCD does not name the program btcd: run by `npm test`');
  const network = new StubNetwork();
  for (const address of ADDRESSES.real) reals.push(startBtcd(program, address, tls));
  for (const address of ADDRESSES.stub) {
    stubs.push(await new StubNode({ address, network, tls }).start(REAL_RPC_PORT));
  }
  sides = [
    { name: 'real', address: ADDRESSES.real[0], other: ADDRESSES.real[1], port: REAL_RPC_PORT },
    { name: 'stub', address: ADDRESSES.stub[0], other: ADDRESSES.stub[1], port: REAL_RPC_PORT },
  ];
  for (const address of ADDRESSES.real) await eventually(() => exchange(address, '[]').then((answer) => answer !== ''));
}, 60_000);

afterAll(async () => {
  await Promise.all([...reals, ...stubs].map((node) => node.stop()));
});

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    if (await holds().catch(() => false)) return;
    await sleep(50);
  }
  throw new Error('it never came true');
}

async function open(address: string): Promise<TLSSocket> {
  const socket = connect({ host: address, port: REAL_RPC_PORT, ca: tls.ca, servername: HOST });
  await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  return socket;
}

const head = (length: number, password = 'password'): string =>
  `POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ${Buffer.from(`user:${password}`).toString('base64')}\r\n` +
  `Content-Length: ${String(length)}\r\n\r\n`;

/** All that comes back until the node closes the connection. */
async function exchange(address: string, body: string, password?: string): Promise<string> {
  const socket = await open(address);
  const received: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  const ended = new Promise<void>((resolve, reject) => socket.once('close', () => { resolve(); }).once('error', reject)); // prettier-ignore
  socket.write(head(Buffer.byteLength(body), password) + body);
  await ended;
  return Buffer.concat(received).toString();
}

/** The same wherever and whenever it was asked: addresses, ephemeral ports, times and amounts are named instead of shown. */
const normal = (text: string): string =>
  text
    .replaceAll(/127(\.[0-9]+){3}(?=:(?!18444)[0-9])/g, 'SOME-ADDRESS')
    .replaceAll(/127(\.[0-9]+){3}/g, 'ADDRESS')
    .replaceAll(/SOME-ADDRESS:[0-9]+/g, 'EPHEMERAL')
    .replaceAll(/"(lastsend|lastrecv|bytessent|bytesrecv|conntime|timeoffset|pingtime|mediantime)":[0-9.]+/g, '"$1":N')
    .replaceAll(/Date: [^\r]*/g, 'Date: NOW');

const call = (method: string, ...params: unknown[]): string =>
  JSON.stringify([{ jsonrpc: '1.0', id: 1, method, params }]);

/** What both answer to a body, made from the address of the node's neighbour. */
const answersOf = (body: (other: string) => string, password?: string): Promise<string[]> =>
  Promise.all(sides.map(async (side) => normal(await exchange(side.address, body(side.other), password))));

async function peersOf(address: string): Promise<{ id: number; inbound: boolean }[]> {
  const answer = await exchange(address, call('getpeerinfo'));
  const [first] = JSON.parse(answer.slice(answer.indexOf('['))) as { result: { id: number; inbound: boolean }[] }[];
  return first?.result ?? [];
}

async function peerCount(count: number): Promise<void> {
  await Promise.all(sides.map(({ address }) => eventually(async () => (await peersOf(address)).length === count)));
}

describe('the stub and btcd answer the same bytes to', () => {
  test.each<[string, string]>([
    ['an inspection', JSON.stringify(btcd.inspect().map((one, id) => ({ jsonrpc: '1.0', id, ...one })))],
    ['a batch of version 2.0', JSON.stringify([{ jsonrpc: '2.0', id: 'x', method: 'getblockcount', params: [] }])],
    ['a single request', JSON.stringify({ jsonrpc: '1.0', id: 7, method: 'getbestblockhash', params: [] })],
    ['the header of the genesis block', call('getblockheader', GENESIS, true)],
    ['the header of an unknown block', call('getblockheader', 'ab'.repeat(32), true)],
    ['an unknown method', call('nope')],
    ['a method for wallets only Core has', call('generatetoaddress', 1, 'x')],
    ['a method that btcd never implemented', call('getnetworkinfo')],
    ['too many parameters', call('getpeerinfo', 1)],
    ['too few parameters', call('getaddednodeinfo')],
    ['too few parameters where some are optional', call('node', 'disconnect')],
    ['a parameter of the wrong type', call('getaddednodeinfo', 'x')],
    ['a number that cannot be', call('generate', -1)],
    ['no blocks at all', call('generate', 0)],
    ['added nodes, with details', call('getaddednodeinfo', true)],
    ['added nodes, without', call('getaddednodeinfo', false)],
    ['an added node that is none', call('getaddednodeinfo', true, '1.2.3.4:18444')],
    ['removing a node that was not added', call('addnode', '127.78.9.9', 'remove')],
    ['a wrong word for addnode', call('addnode', '127.78.9.9', 'bla')],
    ['disconnecting an unknown address', call('node', 'disconnect', '127.78.9.9:18444')],
    ['disconnecting an unknown number', call('node', 'disconnect', '999')],
    ['disconnecting what is neither', call('node', 'disconnect', 'x')],
    ['removing an unknown number', call('node', 'remove', '999')],
    ['a wrong word for node', call('node', 'bla', 'x')],
    ['an empty batch', '[]'],
    ['half a batch', '[{'],
    ['what is not JSON', 'xx'],
    ['nothing', ''],
    ['a batch after a space', ` ${call('getblockcount')}`],
    ['a request without an id', JSON.stringify({ jsonrpc: '1.0', method: 'getblockcount', params: [] })],
    ['requests without version, id or parameters, and what is none', '[{"id":1,"method":"getblockcount","params":[]},5,{"jsonrpc":"1.0","id":null,"method":"getblockcount","params":[]},{"jsonrpc":"1.0","id":2,"method":"getblockcount"}]'], // prettier-ignore
  ])('%s', async (_, body) => {
    const [real, stub] = await answersOf(() => body);
    expect(stub).toBe(real);
  });

  test('wrong credentials', async () => {
    const [real, stub] = await answersOf(() => call('getblockcount'), 'wrong');
    expect(real).toContain('401 Unauthorized');
    expect(stub).toBe(real);
  });

  test('the eleventh client at once', async () => {
    const [real, stub] = await Promise.all(
      sides.map(async ({ address }) => {
        const clients = await Promise.all(Array.from({ length: 10 }, () => open(address)));
        for (const client of clients) client.on('error', () => undefined).write(head(5));
        let answer = '';
        await eventually(async () => (answer = await exchange(address, call('getblockcount'))).includes('503'));
        for (const client of clients) client.destroy();
        await eventually(async () => (await exchange(address, call('getblockcount'))).includes('200 OK'));
        return normal(answer);
      }),
    );
    expect(real).toContain('503');
    expect(stub).toBe(real);
  });
});

describe('the stub and btcd do the same when', () => {
  const expectSamePeers = async (): Promise<void> => {
    const [real, stub] = await answersOf(() => call('getpeerinfo'));
    expect(stub).toBe(real);
  };

  test('told to dial once: both ends show the connection', async () => {
    const [real, stub] = await answersOf((other) => call('addnode', other, 'onetry'));
    expect(stub).toBe(real);
    await peerCount(1);
    await expectSamePeers();
    const shown = await Promise.all(sides.map(({ other }) => exchange(other, call('getpeerinfo'))));
    expect(shown.map(normal)[1]).toBe(shown.map(normal)[0]);
  });

  test('told to disconnect by number: both ends have lost it', async () => {
    const [real, stub] = await Promise.all(
      sides.map(async ({ address }) => {
        const [peer] = await peersOf(address);
        return await exchange(address, call('node', 'disconnect', String(peer?.id)));
      }),
    );
    expect(stub).toBe(real);
    await peerCount(0);
    for (const { other } of sides) await eventually(async () => (await peersOf(other)).length === 0);
  });

  test('told twice quickly to dial: there are two connections, and an address cuts both', async () => {
    for (const { address, other } of sides) {
      await Promise.all([1, 2].map(() => exchange(address, call('addnode', other, 'onetry'))));
    }
    await peerCount(2);
    const [real, stub] = await answersOf((other) => call('node', 'disconnect', `${other}:18444`));
    expect(stub).toBe(real);
    await peerCount(0);
  });

  test('told to add, a node refuses to add or dial it again, to disconnect it, and to remove others', async () => {
    await answersOf((other) => call('addnode', other, 'add'));
    await peerCount(1);
    for (const body of [
      (other: string) => call('addnode', other, 'add'),
      (other: string) => call('addnode', other, 'onetry'),
      (other: string) => call('node', 'disconnect', `${other}:18444`),
      (other: string) => call('node', 'remove', `${other}:18445`),
      () => call('getaddednodeinfo', true),
      () => call('getaddednodeinfo', false),
    ]) {
      const [real, stub] = await answersOf(body);
      expect(stub).toBe(real);
    }
  });

  test('a removed node comes back by itself', async () => {
    const [real, stub] = await answersOf((other) => call('addnode', other, 'remove'));
    expect(stub).toBe(real);
    await peerCount(1);
  });
});

describe('btcd itself, asked by our own client,', () => {
  const rpc = new RpcClient();
  const node = {
    ordinal: 0,
    pod: 'real',
    address: ADDRESSES.real[0],
    port: REAL_RPC_PORT,
    host: HOST,
    startedAt: null,
  };
  const access = (ca: string, password = 'password'): NetworkAccess =>
    new NetworkAccess({ networkUid: 'real', user: 'user', password, ca });
  afterAll(() => rpc.close());

  test('mines, and its neighbour follows', async () => {
    const mined = await mineBlocks({ rpc }, { node, access: access(tls.ca), dialect: btcd, blocks: 60 });
    expect(mined.height).toBe(60);
    const neighbour = { ...node, address: ADDRESSES.real[1] };
    await eventually(async () => {
      const look = btcd.look('x', await rpc.ask(neighbour, access(tls.ca), btcd.inspect()));
      return look.tip === mined.tip;
    });
  });

  test('is not asked under another certificate authority or name, nor with wrong credentials', async () => {
    const foreign = await issueCertificate({ hosts: [HOST], now: new Date() });
    const calls = btcd.inspect();
    await expect(rpc.ask(node, access(foreign.ca), calls)).rejects.toMatchObject({ reason: 'Untrusted' });
    await expect(rpc.ask({ ...node, host: 'b.test.svc' }, access(tls.ca), calls)).rejects.toMatchObject({
      reason: 'Untrusted',
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
    await expect(rpc.ask(node, access(tls.ca, 'wrong'), calls)).rejects.toMatchObject({ reason: 'Unauthorized' });
  });

  test('answers many inspections at once, none refused as one client too many', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => rpc.ask(node, access(tls.ca), btcd.inspect(), { idempotent: true })),
    );
    expect(answers).toHaveLength(100);
  });
});
