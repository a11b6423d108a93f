import { expect, test } from '@jest/globals';
import { BTCD_IMAGE } from '../../deploy/local/cluster/images.ts';
import { WORKER_MALLOC_ARENAS, WORKER_NODE_OPTIONS, workerEnvironment } from '../../deploy/local/worker.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../../deploy/local/locations.ts';
import { temporaryState } from './temporary.ts';

const state = temporaryState();

test('the worker runs btcd from the image of the stack, unless it is told otherwise', () => {
  expect(workerEnvironment({}, '/kube.conf')).toMatchObject({
    BTCNET_DEFAULT_IMPLEMENTATION: 'btcd',
    BTCNET_DEFAULT_IMAGE: BTCD_IMAGE,
  });
  const told = { BTCNET_DEFAULT_IMPLEMENTATION: 'bitcoin-core', BTCNET_DEFAULT_IMAGE: 'bitcoin:1' };
  expect(workerEnvironment(told, '/kube.conf')).toMatchObject(told);
});

test("the caller's own settings reach the worker", () => {
  const caller = { BTCNET_TASK_QUEUE: 'mine', HTTPS_PROXY: 'http://proxy:3128', PATH: '/bin' };
  expect(workerEnvironment(caller, '/kube.conf')).toMatchObject(caller);
});

test("the caller's other cluster and other Temporal server do not", () => {
  const environment = workerEnvironment(
    {
      KUBECONFIG: '/home/me/.kube/work',
      TEMPORAL_ADDRESS: 'temporal.example.com:7233',
      TEMPORAL_NAMESPACE: 'production',
      TEMPORAL_API_KEY: 'key',
      TEMPORAL_TLS_CLIENT_CERT_PATH: '/cert',
      TEMPORAL_CONFIG_FILE: '/home/me/temporal.toml',
    },
    '/kube.conf',
  );
  const ofTemporal = Object.entries(environment).filter(([name]) => name.startsWith('TEMPORAL_'));
  expect(Object.fromEntries(ofTemporal)).toEqual({
    TEMPORAL_ADDRESS: '127.0.0.1:7233',
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_CONFIG_FILE: `${state}/config/temporal.toml`,
  });
  expect(environment['KUBECONFIG']).toBe('/kube.conf');
});

test('settings of the stack itself mean nothing to the worker', () => {
  const environment = workerEnvironment({ BTCNET_STATE: '/a', BTCNET_CACHE: '/b', BTCNET_STACK: '/c' }, '/kube.conf');
  expect(environment['BTCNET_STATE']).toBeUndefined();
  expect(environment['BTCNET_CACHE']).toBeUndefined();
  expect(environment['BTCNET_STACK']).toBeUndefined();
});

test('its heap has as much room as in the image, unless the caller says otherwise', () => {
  const image = readFileSync(join(CHECKOUT, 'deploy', 'Dockerfile'), 'utf8');
  expect(image).toContain(`ENV NODE_OPTIONS="${WORKER_NODE_OPTIONS}"`);
  expect(image).toContain(`ENV MALLOC_ARENA_MAX=${WORKER_MALLOC_ARENAS}`);
  const { NODE_OPTIONS, MALLOC_ARENA_MAX } = workerEnvironment({}, '/kube.conf');
  expect([NODE_OPTIONS, MALLOC_ARENA_MAX]).toEqual([WORKER_NODE_OPTIONS, WORKER_MALLOC_ARENAS]);
  const own = workerEnvironment({ NODE_OPTIONS: '--max-old-space-size=2048' }, '/kube.conf')['NODE_OPTIONS'];
  expect(own?.endsWith(' --max-old-space-size=2048')).toBe(true);
});
