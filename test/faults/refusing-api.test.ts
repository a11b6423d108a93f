/** The proxy in front of an API server, over real TLS connections. */
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { issueCertificate } from '../../activities/bitcoin/certificate.ts';
import { freePort } from '../support/worker-process.ts';
import { RefusingApi } from './refusing-api.ts';

const HOST = 'localhost';

let upstream: Server;
let proxy: RefusingApi;
let ask: (method: string, path: string, body?: string) => Promise<{ status: number | undefined; body: string }>;

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

beforeAll(async () => {
  const { ca, certificate: cert, key } = await issueCertificate({ hosts: [HOST], now: new Date() });
  upstream = createServer({ cert, key }, (incoming, outgoing) => {
    void text(incoming).then((body) => {
      outgoing.writeHead(201, { 'content-type': 'text/plain' });
      outgoing.end(`${incoming.method ?? ''} ${incoming.url ?? ''} ${incoming.headers.authorization ?? ''} ${body}`);
    });
  }).listen(0, HOST);
  await once(upstream, 'listening');
  const port = await freePort();
  proxy = await new RefusingApi({
    host: HOST,
    port,
    upstream: { host: HOST, port: portOf(upstream) },
    cert,
    key,
    ca,
  }).start();
  ask = async (method, path, body = '') => {
    const headers = { authorization: 'Bearer token' };
    const asking = request({ host: HOST, port, method, path, ca, headers, agent: false });
    asking.end(body);
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    return { status: answer.statusCode, body: await text(answer) };
  };
});
afterAll(async () => {
  await proxy.stop();
  upstream.close();
});

test('passes on method, path, credentials and body, and the answer', async () => {
  expect(await ask('PATCH', '/api/v1/pods?limit=1', '{}')).toEqual({
    status: 201,
    body: 'PATCH /api/v1/pods?limit=1 Bearer token {}',
  });
});

test.each([
  [429, 'TooManyRequests'],
  [500, 'InternalError'],
  [503, 'ServiceUnavailable'],
])('answers %i in the words of an API server, until it is told to pass on again', async (status, reason) => {
  const before = proxy.refused;
  proxy.status = status;
  const refusal = await ask('GET', '/api');
  proxy.status = null;
  expect(refusal.status).toBe(status);
  expect(JSON.parse(refusal.body)).toMatchObject({ kind: 'Status', status: 'Failure', reason, code: status });
  expect(proxy.refused).toBe(before + 1);
  expect((await ask('GET', '/api')).status).toBe(201);
});

test('does not pass for an answer when the API server is away', async () => {
  upstream.closeAllConnections();
  upstream.close();
  await expect(ask('GET', '/api')).rejects.toThrow();
});
