import { describe, expect, test } from '@jest/globals';
import type { Rotation } from '../../../activities/kubernetes/manifests/node-secret.ts';
import { nodeSecretManifest, VERSION_ANNOTATION } from '../../../activities/kubernetes/manifests/node-secret.ts';
import { statefulSetManifest } from '../../../activities/kubernetes/manifests/stateful-set.ts';
import { nodeSecretState } from '../../../activities/kubernetes/node-secret-state.ts';
import { accessOf } from '../../../activities/kubernetes/node-source.ts';
import type { LiveSecret, LiveStatefulSet } from '../../../activities/kubernetes/objects.ts';
import {
  areAllUpdated,
  holdsEarlier,
  isOutdated,
  madeFrom,
  revisionOf,
  rotated,
  rotationOf,
  templateVersion,
} from '../../../activities/kubernetes/rotation.ts';
import { aNetwork, aPod } from '../../support/facts.ts';
import { aLivePod } from './live-objects.ts';

const network = aNetwork();
const certificate = { ca: 'CA', certificate: 'CERT', key: 'KEY' };
const same = { issued: null, nodesRun: false };
const credentials = (password: string, version = `secret/${password}`) => ({ user: 'user', password, version });

/** The Secret of the nodes as the API server has it. */
function node(password: string, rotation: Rotation = { version: null, earlier: [] }): LiveSecret {
  const source = credentials(password);
  const manifest = nodeSecretManifest({ network, implementation: 'btcd', source, certificate, rotation });
  const { metadata, ...rest } = JSON.parse(JSON.stringify(manifest)) as LiveSecret;
  return { ...rest, metadata: { ...metadata, uid: 'node-uid', resourceVersion: '1' } };
}

describe('the version of the credentials', () => {
  test('is none for as long as they never changed, so that a new network needs one template only', () => {
    expect(rotated(null, credentials('one'), same)).toEqual({ version: null, earlier: [] });
    expect(rotated(node('one'), credentials('one', 'secret/later'), same)).toEqual({ version: null, earlier: [] });
  });

  test('changes with the values, and the values of before are kept', () => {
    expect(rotated(node('one'), credentials('two'), same)).toEqual({
      version: 'secret/two',
      earlier: [{ user: 'user', password: 'one' }],
    });
  });

  test('stays when only the version of the named Secret is another: somebody set a label', () => {
    const before = node('two', { version: 'secret/two', earlier: [{ user: 'user', password: 'one' }] });
    expect(rotated(before, credentials('two', 'secret/labelled'), same)).toEqual(rotationOf(before));
  });

  test('changes with the certificate authority, which nodes know from their start only', () => {
    const { version } = rotated(node('one'), credentials('one'), { issued: 'NEW CA', nodesRun: true });
    expect(version).toMatch(/^secret\/one\/[0-9a-f]{8}$/);
    expect(rotated(node('one'), credentials('one'), { issued: 'OTHER CA', nodesRun: true }).version).not.toBe(version);
  });

  test('is new when the Secret of running nodes was deleted, and none when it was never there', () => {
    expect(rotated(null, credentials('one'), { issued: 'CA', nodesRun: true }).version).not.toBeNull();
    expect(rotated(null, credentials('one'), { issued: 'CA', nodesRun: false }).version).toBeNull();
  });
});

describe('earlier credentials', () => {
  test('are kept each once, the newest first, without the present ones, and not without end', () => {
    let rotation: Rotation = { version: null, earlier: [] };
    let held = 'p0';
    for (const next of ['p1', 'p2', 'p1', 'p3', 'p4', 'p5', 'p6', 'p7']) {
      rotation = rotated(node(held, rotation), credentials(next), same);
      held = next;
    }
    expect(rotation.earlier.map(({ password }) => password)).toEqual(['p6', 'p5', 'p4', 'p3', 'p1']);
  });

  test('stand in the data of the Secret only, and in no file that a pod mounts', () => {
    const secret = node('two', { version: 'secret/two', earlier: [{ user: 'user', password: 'hunter2' }] });
    expect(holdsEarlier(secret)).toBe(true);
    expect(JSON.stringify(secret.metadata)).not.toContain('hunter2');
    for (const implementation of ['btcd', 'bitcoin-core'] as const) {
      const template = statefulSetManifest({ ...network, spec: { nodes: 1, implementation } }, { implementation });
      expect(JSON.stringify(template)).not.toContain('earlier-credentials');
    }
  });

  test('reach the nodes, and are hidden like the present ones', () => {
    const ref = { namespace: 'default', name: 'my-network', uid: network.metadata.uid };
    const secret = node('two', { version: 'v', earlier: [{ user: 'old', password: 'hunter2' }] });
    const access = accessOf(ref, 'btcd', secret);
    expect(access?.alternatives().map(({ user }) => user)).toEqual(['user', 'old']);
    expect(JSON.stringify(access?.alternatives())).not.toContain('hunter2');
    expect(access?.redact('hunter2 two')).toBe('[hidden] [hidden]');
  });

  test('that somebody broke are none', () => {
    const broken = node('one');
    for (const text of ['{', '{}', '[1, null, {"user": 1, "password": "x"}]']) {
      const data = { ...broken.data, 'earlier-credentials': Buffer.from(text).toString('base64') };
      expect(rotationOf({ ...broken, data }).earlier).toEqual([]);
    }
  });
});

describe('the template', () => {
  const set = (status?: LiveStatefulSet['status'], annotation?: string): LiveStatefulSet => ({
    metadata: { name: 's', namespace: 'default', uid: 'set-1', resourceVersion: '1', generation: 2 },
    spec:
      annotation === undefined ? {} : { template: { metadata: { annotations: { [VERSION_ANNOTATION]: annotation } } } },
    ...(status ? { status } : {}),
  });

  test('carries the version of the credentials, and nothing while they never changed', () => {
    const annotations = (version: string | null) =>
      statefulSetManifest(network, { implementation: 'btcd' }, version).spec?.template.metadata?.annotations;
    expect(annotations('secret/two')).toEqual({ [VERSION_ANNOTATION]: 'secret/two' });
    expect(annotations(null)).toBeUndefined();
  });

  test('keeps what it has while the Secret of the nodes is missing or not as it should be', () => {
    const secret = node('two', { version: 'secret/two', earlier: [] });
    expect(templateVersion(secret, true, set({}, 'secret/one'))).toBe('secret/two');
    expect(templateVersion(secret, false, set({}, 'secret/one'))).toBe('secret/one');
    expect(templateVersion(null, false, set({}, 'secret/one'))).toBe('secret/one');
    expect(templateVersion(null, false, null)).toBeNull();
  });

  test('has a version that is known once its controller has seen it', () => {
    expect(revisionOf(set({ observedGeneration: 2, updateRevision: 's-2' }))).toBe('s-2');
    expect(revisionOf(set({ observedGeneration: 1, updateRevision: 's-1' }))).toBeNull();
    expect(revisionOf(set())).toBeNull();
    expect(revisionOf(null)).toBeNull();
  });

  test('makes the pods of another version outdated, and none while its version is not known', () => {
    const pod = aLivePod(0, { metadata: { labels: { 'controller-revision-hash': 's-1' } } });
    expect(isOutdated(madeFrom(pod), 's-1')).toBe(false);
    expect(isOutdated(madeFrom(pod), 's-2')).toBe(true);
    expect(isOutdated(madeFrom(pod), null)).toBe(false);
  });

  test('is everywhere when no pod is of another one, as far as that can be known', () => {
    const seen = set({ observedGeneration: 2, updateRevision: 's-2' });
    expect(areAllUpdated(seen, true, [aPod(0)])).toBe(true);
    expect(areAllUpdated(seen, true, [aPod(0), aPod(1, { outdated: true })])).toBe(false);
    expect(areAllUpdated(seen, false, [aPod(0)])).toBe(false);
    expect(areAllUpdated(set({ observedGeneration: 1 }), true, [aPod(0)])).toBe(false);
  });
});

test('a Secret of the nodes that remembers earlier credentials is as it should be', () => {
  const source: LiveSecret = {
    metadata: { name: 's', namespace: 'default', uid: 'secret', resourceVersion: 'two' },
    data: { BC_RPC_USER: 'dXNlcg==', BC_RPC_PASSWORD: Buffer.from('two').toString('base64') },
  };
  const secret = node('two', { version: 'secret/two', earlier: [{ user: 'user', password: 'one' }] });
  expect(nodeSecretState(network, secret, source, { implementation: 'btcd' })).toBe('ours');
});
