import { HttpMethod, RequestContext } from '@kubernetes/client-node';
import type { User } from '@kubernetes/client-node';
import { afterEach, expect, test } from '@jest/globals';
import { connectCluster } from '../../../activities/kubernetes/cluster.ts';
import { KeptAliveKubeConfig } from '../../../activities/kubernetes/kept-alive-config.ts';

const configs: KeptAliveKubeConfig[] = [];
afterEach(async () => {
  for (const config of configs.splice(0)) await config.close();
});

function configured(user: Partial<User>, cluster: { proxyUrl?: string } = {}): KeptAliveKubeConfig {
  const config = new KeptAliveKubeConfig();
  config.loadFromClusterAndUser(
    { name: 'c', server: 'https://127.0.0.1:1', caData: 'Y2E=', skipTLSVerify: false, ...cluster },
    { name: 'u', ...user },
  );
  configs.push(config);
  return config;
}

async function applied(config: KeptAliveKubeConfig): Promise<RequestContext> {
  const context = new RequestContext('https://127.0.0.1:1', HttpMethod.GET);
  await config.applySecurityAuthentication(context);
  return context;
}

test.each([{}, { proxyUrl: 'http://127.0.0.1:2' }, { proxyUrl: 'socks5://127.0.0.1:2' }])(
  'all calls share one dispatcher (%j)',
  async (cluster) => {
    const config = configured({ token: 'x' }, cluster);
    const contexts = await Promise.all([applied(config), applied(config), applied(config)]);
    expect(contexts[0].getDispatcher()).toBeDefined();
    expect(new Set(contexts.map((context) => context.getDispatcher())).size).toBe(1);
  },
);

test('a token that was renewed is used at once, on the same connections', async () => {
  const config = configured({ token: 'old' });
  const before = await applied(config);
  config.users = [{ name: 'u', token: 'new' }];
  const after = await applied(config);
  expect(before.getHeaders()['Authorization']).toBe('Bearer old');
  expect(after.getHeaders()['Authorization']).toBe('Bearer new');
  expect(after.getDispatcher()).toBe(before.getDispatcher());
});

test('a certificate that was renewed gets connections of its own', async () => {
  const config = configured({ certData: 'b2xk', keyData: 'b2xk' });
  const before = await applied(config);
  config.users = [{ name: 'u', certData: 'bmV3', keyData: 'bmV3' }];
  expect((await applied(config)).getDispatcher()).not.toBe(before.getDispatcher());
});

test('a kubeconfig that does not exist is named', () => {
  expect(() => connectCluster({ kubeconfig: '/does/not/exist' })).toThrow('/does/not/exist');
});
