import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  credentialsSecretManifest,
  randomPassword,
} from '../../../../activities/kubernetes/manifests/credentials-secret.ts';
import { btcctlConfig, btcdConfig, coreConfig } from '../../../../activities/kubernetes/manifests/node-config.ts';
import {
  certificateHosts,
  nodeSecretManifest,
  SOURCE_ANNOTATION,
} from '../../../../activities/kubernetes/manifests/node-secret.ts';
import { IMPLEMENTATIONS } from '../../../../workflows/spec.ts';
import { aNetwork } from '../../../support/facts.ts';

const network = aNetwork();
const source = { user: 'user', password: 'hunter2', version: 'secret-uid/7' };
const certificate = { ca: 'CA', certificate: 'CERT', key: 'KEY' };
const input = { user: 'user', password: 'hunter2', networkUid: 'uid-1' };
const settings = (config: string): Map<string, string> =>
  new Map(config.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));

test.each(IMPLEMENTATIONS)('the Secret of %s holds credentials in its data and nowhere else', (implementation) => {
  const { data, ...rest } = nodeSecretManifest({ network, implementation, source, certificate });
  expect(JSON.stringify(rest)).not.toContain('hunter2');
  expect(Object.values(data ?? {}).filter((value) => Buffer.from(value, 'base64').includes('hunter2'))).not.toEqual([]);
  expect(rest.metadata).toMatchObject({
    name: 'my-network-node',
    annotations: { [SOURCE_ANNOTATION]: 'secret-uid/7' },
    ownerReferences: [{ uid: 'uid-1', controller: true }],
  });
});

test("each implementation gets its own files, and the nodes' certificate", () => {
  const keys = (implementation: (typeof IMPLEMENTATIONS)[number]): string[] =>
    Object.keys(nodeSecretManifest({ network, implementation, source, certificate }).data ?? {});
  const common = ['BC_RPC_USER', 'BC_RPC_PASSWORD', 'tls.crt', 'tls.key', 'ca.crt'];
  expect(keys('btcd')).toEqual(['btcd.conf', 'btcctl.conf', ...common]);
  expect(keys('bitcoin-core')).toEqual(['bitcoin.conf', ...common]);
});

test('the certificate is for the pod itself and for every name that a node has in the cluster', () => {
  expect(certificateHosts(network)).toEqual([
    'localhost',
    '*.my-network-svc',
    '*.my-network-svc.default',
    '*.my-network-svc.default.svc',
  ]);
});

test('btcd keeps to its own network and answers on the ports of the contract', () => {
  const of = settings(btcdConfig(input));
  expect(of.get('regtest')).toBe('1');
  expect(of.get('rpclisten')).toBe('0.0.0.0:18332');
  expect(of.get('listen')).toBe('0.0.0.0:18444');
  expect(of.get('uacomment')).toBe('uid-1');
  expect(of.get('agentwhitelist')).toBe('uid-1');
  expect(of.get('nobanning')).toBe('1');
  expect(of.get('utxocachemaxsize')).toBe('1');
});

test('the ports of Bitcoin Core stand in the section of its chain, where it looks for them', () => {
  const [common = '', regtest = ''] = coreConfig(input).split('[regtest]');
  expect(settings(regtest).get('rpcport')).toBe('18332');
  expect(settings(regtest).get('port')).toBe('18444');
  expect(settings(common).get('rest')).toBe('1');
  expect(common).not.toContain('port=');
});

test('whatever a password is, it stays on its line and can be read back', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (password) => {
      for (const config of [btcdConfig, btcctlConfig]) {
        const text = config({ ...input, password });
        expect(text.split('\n')).toHaveLength(config(input).split('\n').length);
        expect(JSON.parse(settings(text).get('rpcpass') ?? '')).toBe(password);
      }
    }),
  );
});

test('made credentials are random and belong to the network', () => {
  expect(randomPassword()).toMatch(/^[A-Za-z0-9_-]{32}$/);
  expect(randomPassword()).not.toBe(randomPassword());
  expect(credentialsSecretManifest(network, 'x')).toMatchObject({
    metadata: { name: 'my-network-rpc', ownerReferences: [{ uid: 'uid-1' }] },
    data: { BC_RPC_USER: expect.any(String), BC_RPC_PASSWORD: 'eA==' },
  });
});
