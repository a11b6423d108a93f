/** Real worker processes and a real Temporal server; the API server is a test's own, so that it can be away. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { FaultyLink } from '../faults/faulty-link.ts';
import { kubeconfigOf } from '../support/kubeconfig.ts';
import { freePort, startWorker, type WorkerProcess } from '../support/worker-process.ts';

jest.setTimeout(180_000);

/** Nobody listens there. */
const NOWHERE = '127.0.0.1:1';

let directory: string;
let apiServer: Server;
let apiPort: number;
/** The way to Temporal of a test that cuts it. */
let link: FaultyLink | null = null;
const workers: WorkerProcess[] = [];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'btcnet-health-'));
  apiServer = createServer((request, response) => {
    const isIdentity = request.url === '/api/v1/namespaces/kube-system';
    response.writeHead(isIdentity ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isIdentity ? { metadata: { uid: 'uid-1' } } : {}));
  }).listen(0, '127.0.0.1');
  await once(apiServer, 'listening');
  apiPort = (apiServer.address() as AddressInfo).port;
  writeFileSync(join(directory, 'kubeconfig'), kubeconfigOf(`http://127.0.0.1:${apiPort}`));
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await link?.stop();
  link = null;
  apiServer.close();
  apiServer.closeAllConnections();
  rmSync(directory, { recursive: true });
});

async function start(settings: Record<string, string> = {}): Promise<WorkerProcess> {
  const worker = await startWorker({
    TEMPORAL_ADDRESS: process.env['BTCNET_TEST_TEMPORAL'] ?? '',
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_CONFIG_FILE: join(directory, 'none.toml'),
    KUBECONFIG: join(directory, 'kubeconfig'),
    BTCNET_WORKFLOW_BUNDLE: process.env['BTCNET_TEST_BUNDLE'] ?? '',
    BTCNET_TASK_QUEUE: `health-${process.pid}`,
    BTCNET_WATCH: 'off',
    ...settings,
  });
  workers.push(worker);
  return worker;
}

const READY = '[+]worker ok\n[+]temporal ok\n[+]kubernetes ok\nreadyz check passed\n';

test('a worker says when it is ready, when the API server goes away and when it comes back, and is left running meanwhile', async () => {
  const worker = await start();
  await worker.askUntil('/readyz', (text, status) => status === 200 && text === READY);

  apiServer.close();
  apiServer.closeAllConnections();
  const away = '[+]worker ok\n[+]temporal ok\n[-]kubernetes failed: ApiUnreachable\nreadyz check failed\n';
  await worker.askUntil('/readyz', (text, status) => status === 503 && text === away);
  expect(await worker.ask('/livez')).toMatchObject({ status: 200 });
  const metrics = await worker.askUntil('/metrics', (text) => text.includes('btcnet_check_ok{check="kubernetes"} 0\n'));
  expect(metrics).toMatch(/^btcnet_log_lines_total{level="warn",reason="ApiUnreachable"} [1-9]/m);

  apiServer.listen(apiPort, '127.0.0.1');
  await worker.askUntil('/readyz', (text) => text === READY);
  expect(await worker.stop()).toEqual({ code: 0, signal: null });
});

test('a worker that does not find its Temporal server says so, in its own log to the end, and stops when it is told to', async () => {
  const worker = await start({ TEMPORAL_ADDRESS: NOWHERE });
  await worker.askUntil(
    '/readyz',
    (text, status) => status === 503 && text.includes('[-]temporal failed: Unreachable\n'),
  );
  expect((await worker.ask('/readyz'))?.text).toContain('[-]worker failed: Starting\n');
  expect(await worker.ask('/livez')).toMatchObject({ status: 200 });
  await worker.askUntil('/metrics', (text) => /reason="TransportError"} [2-9]/.test(text));
  expect(await worker.stop()).toEqual({ code: 0, signal: null });
  for (const line of worker.said().trim().split('\n')) expect(line).toMatch(/^{"level":/);
});

test('a worker that cannot go on ends with exit code 1, and its log says why', async () => {
  const worker = await start({ TEMPORAL_NAMESPACE: 'nobody-made-this' });
  expect(await worker.ended).toEqual({ code: 1, signal: null });
  expect(worker.said()).toMatch(/^{"level":"error",.*nobody-made-this.*"msg":"Worker failed"}$/m);
});

test('a worker that loses its Temporal server says so, is left running, and stops without it', async () => {
  const [host = '', port = ''] = (process.env['BTCNET_TEST_TEMPORAL'] ?? '').split(':');
  const way = { host: '127.0.0.1', port: await freePort() };
  link = await new FaultyLink({ ...way, target: () => ({ host, port: Number(port) }) }).start();
  const worker = await start({ TEMPORAL_ADDRESS: `${way.host}:${way.port}` });
  await worker.askUntil('/readyz', (text) => text === READY);
  link.begin('refuse');
  await worker.askUntil('/readyz', (text) => /^\[-]temporal failed: (Unreachable|TimedOut)$/m.test(text));
  expect(await worker.ask('/livez')).toMatchObject({ status: 200 });
  expect(await worker.stop()).toEqual({ code: 0, signal: null });
});
