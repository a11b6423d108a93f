import { expect, test } from '@jest/globals';
import { failureOf } from '../../../activities/kubernetes/errors.ts';
import { nodeSecretManifest } from '../../../activities/kubernetes/manifests/node-secret.ts';
import { nodeSecretState } from '../../../activities/kubernetes/node-secret-state.ts';
import { accessOf } from '../../../activities/kubernetes/node-source.ts';
import type { LiveSecret } from '../../../activities/kubernetes/objects.ts';
import { sourceCredentials } from '../../../activities/kubernetes/source-secret.ts';
import type { Implementation } from '../../../workflows/spec.ts';
import { aNetwork } from '../../support/facts.ts';
import { aLiveSecret } from './live-objects.ts';

const network = aNetwork();
const defaults = { implementation: 'btcd' as const };
const source = aLiveSecret('bitcoin-default-secret', { BC_RPC_USER: 'user', BC_RPC_PASSWORD: 'hunter2' });
const certificate = { ca: 'CA', certificate: 'CERT', key: 'KEY' };

function rendered(from: LiveSecret): LiveSecret {
  const manifest = nodeSecretManifest({
    network,
    implementation: 'btcd',
    source: sourceCredentials(from, 'btcd'),
    certificate,
  });
  const { metadata, ...rest } = JSON.parse(JSON.stringify(manifest)) as LiveSecret;
  return { ...rest, metadata: { ...metadata, uid: 'node-uid', resourceVersion: '1' } };
}

test('a rendered Secret is as declared for as long as its source stays', () => {
  expect(nodeSecretState(network, rendered(source), source, defaults)).toBe('ours');
});

test.each<[string, LiveSecret | null]>([
  ['was changed', { ...source, metadata: { ...source.metadata, resourceVersion: '8' } }],
  ['was made again', { ...source, metadata: { ...source.metadata, uid: 'other' } }],
  ['is gone', null],
  ['lacks a key', aLiveSecret('bitcoin-default-secret', { BC_RPC_USER: 'user' })],
])('it has drifted when its source %s', (_what, changed) => {
  expect(nodeSecretState(network, rendered(source), changed, defaults)).toBe('drifted');
});

test('it has drifted when a file in it was changed or its certificate is gone', () => {
  const node = rendered(source);
  const without = Object.fromEntries(Object.entries(node.data ?? {}).filter(([key]) => key !== 'tls.key'));
  expect(nodeSecretState(network, { ...node, data: { ...node.data, 'btcd.conf': 'eA==' } }, source, defaults)).toBe(
    'drifted',
  );
  expect(nodeSecretState(network, { ...node, data: without }, source, defaults)).toBe('drifted');
});

test('the newline that echo leaves is not part of a value', () => {
  const secret = aLiveSecret('s', { BC_RPC_USER: 'user\n', BC_RPC_PASSWORD: 'hunter2\r\n' });
  expect(sourceCredentials(secret, 'btcd')).toMatchObject({ user: 'user', password: 'hunter2' });
});

test.each<[string, Record<string, string>, Implementation, string, string]>([
  ['no user', { BC_RPC_PASSWORD: 'x' }, 'btcd', 'SecretIncomplete', 'BC_RPC_USER'],
  ['an empty password', { BC_RPC_USER: 'user', BC_RPC_PASSWORD: '' }, 'btcd', 'SecretIncomplete', 'BC_RPC_PASSWORD'],
  [
    'a line break',
    { BC_RPC_USER: 'user', BC_RPC_PASSWORD: 'a\nrpcallowip=hunter2' },
    'btcd',
    'SecretInvalid',
    'BC_RPC_PASSWORD',
  ],
  ['a colon in the user', { BC_RPC_USER: 'us:er', BC_RPC_PASSWORD: 'hunter2' }, 'btcd', 'SecretInvalid', 'BC_RPC_USER'],
  [
    'a # for Core',
    { BC_RPC_USER: 'user', BC_RPC_PASSWORD: 'hunter2#' },
    'bitcoin-core',
    'SecretInvalid',
    'BC_RPC_PASSWORD',
  ],
])('%s is refused, naming Secret and key but not the value', (_what, values, implementation, reason, key) => {
  let refused: unknown;
  try {
    sourceCredentials(aLiveSecret('my-secret', values), implementation);
  } catch (error) {
    refused = error;
  }
  const { message, ...failure } = failureOf(refused);
  expect(failure).toEqual({ reason, permanent: true });
  expect(message).toContain('default/my-secret');
  expect(message).toContain(key);
  expect(message).not.toContain('hunter2');
});

test('access to the nodes shows no password when it is printed', () => {
  const ref = { namespace: 'default', name: 'my-network', uid: network.metadata.uid };
  const access = accessOf(ref, 'btcd', rendered(source));
  expect(access?.ca).toBe('CA');
  expect(JSON.stringify(access)).not.toContain('hunter2');
  expect(accessOf({ ...ref, uid: 'other' }, 'btcd', rendered(source))).toBeNull();
});
