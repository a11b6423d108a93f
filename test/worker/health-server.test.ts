/** Over real HTTP, with answers of the test's own. */
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type HealthServer, serveHealth } from '../../worker/health-server.ts';
import type { Answer } from '../../worker/health.ts';

let ready: Answer;
let server: HealthServer;

beforeEach(async () => {
  ready = { status: 200, text: 'readyz check passed\n' };
  server = await serveHealth(0, {
    '/livez': () => ({ status: 200, text: 'livez check passed\n' }),
    '/readyz': () => ready,
    '/metrics': () => 'btcnet_check_ok{check="worker"} 1\n',
  });
});
afterEach(async () => {
  await server.close();
});

const ask = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init);
  return { status: response.status, text: await response.text(), type: response.headers.get('content-type') };
};

test('a probe gets the answer of the moment', async () => {
  expect(await ask('/livez')).toMatchObject({ status: 200, text: 'livez check passed\n' });
  expect(await ask('/readyz')).toMatchObject({ status: 200, text: 'readyz check passed\n' });
  ready = { status: 503, text: '[-]temporal failed: Unreachable\n' };
  expect(await ask('/readyz?verbose')).toMatchObject({ status: 503, text: '[-]temporal failed: Unreachable\n' });
  expect((await ask('/readyz', { method: 'HEAD' })).status).toBe(503);
});

test('metrics come in the format of Prometheus', async () => {
  expect(await ask('/metrics')).toEqual({
    status: 200,
    text: 'btcnet_check_ok{check="worker"} 1\n',
    type: 'text/plain; version=0.0.4; charset=utf-8',
  });
});

test('there is nothing else, and nothing can be done', async () => {
  expect((await ask('/')).status).toBe(404);
  expect((await ask('/constructor')).status).toBe(404);
  expect((await ask('/readyz', { method: 'POST', body: 'x' })).status).toBe(405);
});

test('a port that somebody has cannot be had', async () => {
  await expect(serveHealth(server.port, {} as never)).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('who stays connected and says nothing does not keep it from closing', async () => {
  const answers = { '/livez': () => ready, '/readyz': () => ready, '/metrics': () => '' };
  const other = await serveHealth(0, answers);
  const socket = connect(other.port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  socket.write('GET /livez HTTP/1.1\r\n');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await other.close();
  await closed;
  expect(socket.destroyed).toBe(true);
});
