import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { KeptAliveKubeConfig } from '../../activities/kubernetes/kept-alive-config.ts';
import { KubernetesHttp } from '../../client/kubernetes/http.ts';
import { KubernetesNetworkStore } from '../../client/kubernetes/network-store.ts';

const opened: { server: Server; config: KeptAliveKubeConfig }[] = [];

afterEach(async () => {
  for (const { server, config } of opened.splice(0)) {
    await config.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

function configFor(url: string): KeptAliveKubeConfig {
  const config = new KeptAliveKubeConfig();
  config.loadFromClusterAndUser({ name: 'c', server: url, skipTLSVerify: true }, { name: 'u', token: 'secret-token' });
  return config;
}

async function apiServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ store: KubernetesNetworkStore; sockets: () => number }> {
  const sockets = new Set<unknown>();
  const server = createServer(answer).on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const config = configFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  opened.push({ server, config });
  return { store: new KubernetesNetworkStore(new KubernetesHttp(config)), sockets: () => sockets.size };
}

const id = { namespace: 'default', name: 'one' };
const network = (height: number): string =>
  JSON.stringify({ metadata: { name: 'one' }, status: { chain: { height } } });

test('calls one after the other share connections, and carry the credentials', async () => {
  const seen: (string | undefined)[] = [];
  const { store, sockets } = await apiServer((request, response) => {
    seen.push(request.headers.authorization);
    response.end(network(1));
  });
  for (let i = 0; i < 50; i += 1) await store.read(id);
  // The next call may come before the last connection is free again.
  expect(sockets()).toBeLessThanOrEqual(2);
  expect(seen).toEqual(Array.from({ length: 50 }, () => 'Bearer secret-token'));
});

test('a list comes page by page', async () => {
  const { store } = await apiServer((request, response) => {
    const more = !request.url?.includes('continue=next');
    response.end(
      JSON.stringify({
        metadata: { resourceVersion: '1', continue: more ? 'next' : '' },
        items: [{ metadata: { name: more ? 'a' : 'b' } }],
      }),
    );
  });
  expect((await store.list(null)).map(({ metadata, kind }) => `${kind} ${metadata.name}`)).toEqual([
    'BitcoinNetwork a',
    'BitcoinNetwork b',
  ]);
});

test('a watch hands on its events, and ends without an error when it is cut in the middle of a line', async () => {
  const { store } = await apiServer((_request, response) => {
    response.write(`{"type":"MODIFIED","object":${network(1)}}\n{"type":"BOOKMARK","object":{}}\n`);
    response.write(`{"type":"DELETED","object":${network(1)}}\n{"type":"MODI`);
    setTimeout(() => response.destroy(), 50);
  });
  const heights: (number | undefined)[] = [];
  await store.watch(id, '1', (seen) => heights.push(seen?.status?.chain?.height), new AbortController().signal);
  expect(heights).toEqual([1, undefined]);
});

test('a watch ends when it is too old, and when nobody needs it any more', async () => {
  const { store } = await apiServer((request, response) => {
    response.write(request.url?.includes('resourceVersion=old') ? '{"type":"ERROR","object":{"code":410}}\n' : '\n');
  });
  const signal = AbortSignal.timeout(10_000);
  await store.watch(id, 'old', () => undefined, signal);
  expect(signal.aborted).toBe(false);
  await store.watch(id, 'new', () => undefined, AbortSignal.timeout(50));
});

test('answers that are no success are told apart', async () => {
  const answers: [number, string][] = [
    [404, JSON.stringify({ reason: 'NotFound', message: 'not found', details: { name: 'one' } })],
    [404, '404 page not found'],
    [503, 'busy'],
    [200, 'no JSON'],
  ];
  const { store } = await apiServer((_request, response) => {
    const [status, body] = answers.shift() ?? [500, ''];
    response.writeHead(status).end(body);
  });
  await expect(store.read(id)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('default/one'),
  });
  await expect(store.read(id)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('deploy/crd.yaml'),
  });
  await expect(store.read(id)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  await expect(store.read(id)).rejects.toMatchObject({ code: 'FAILED' });
});

test('a cluster that is not there is named, and so is one that hangs up', async () => {
  const away = new KubernetesNetworkStore(new KubernetesHttp(configFor('http://127.0.0.1:1')));
  const error = expect(away.list('default')).rejects;
  await error.toMatchObject({
    code: 'UNREACHABLE',
    message: expect.stringMatching(/127\.0\.0\.1:1 \(ECONNREFUSED\)/),
  });
  const { store } = await apiServer((request) => request.socket.destroy());
  await expect(store.list('default')).rejects.toMatchObject({ code: 'UNREACHABLE' });
});
