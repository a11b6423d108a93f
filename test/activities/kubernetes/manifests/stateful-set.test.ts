import { expect, test } from '@jest/globals';
import { statefulSetState } from '../../../../activities/kubernetes/children.ts';
import { statefulSetManifest } from '../../../../activities/kubernetes/manifests/stateful-set.ts';
import type { LiveStatefulSet } from '../../../../activities/kubernetes/objects.ts';
import type { NetworkSpec } from '../../../../workflows/spec.ts';
import { IMPLEMENTATIONS } from '../../../../workflows/spec.ts';
import { aNetwork } from '../../../support/facts.ts';

const defaults = { implementation: 'btcd' as const };
const withSpec = (spec: Partial<NetworkSpec>): ReturnType<typeof aNetwork> =>
  aNetwork({ spec: { nodes: 3, secret: 'bitcoin-default-secret', ...spec } });
const containerOf = (spec: Partial<NetworkSpec>, given: Parameters<typeof statefulSetManifest>[1] = defaults) =>
  statefulSetManifest(withSpec(spec), given).spec?.template.spec?.containers[0];

test('the set has the names, labels and owner of the contract', () => {
  const set = statefulSetManifest(aNetwork(), defaults);
  expect(set).toMatchObject({
    metadata: { name: 'my-network-sts', namespace: 'default', ownerReferences: [{ uid: 'uid-1', controller: true }] },
    spec: {
      replicas: 3,
      serviceName: 'my-network-svc',
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'OnDelete' },
      template: { metadata: { labels: { app: 'my-network' } } },
    },
  });
  expect(set.spec?.template.metadata?.labels).toMatchObject(set.spec?.selector.matchLabels ?? {});
});

test.each(IMPLEMENTATIONS)('a pod of %s may do nothing but run its node', (implementation) => {
  const pod = statefulSetManifest(withSpec({ implementation }), defaults).spec?.template.spec;
  expect(pod).toMatchObject({
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'my-network-sts-ctr',
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      },
    ],
  });
});

test.each(IMPLEMENTATIONS)(
  '%s gets its credentials from the Secret, in the environment and in files',
  (implementation) => {
    const ref = (key: string): object => ({
      name: key,
      valueFrom: { secretKeyRef: { name: 'bitcoin-default-secret', key } },
    });
    const container = containerOf({ implementation });
    expect(container?.env).toEqual(expect.arrayContaining([ref('BC_RPC_USER'), ref('BC_RPC_PASSWORD')]));
    expect(JSON.stringify([container?.command, container?.args])).not.toMatch(/rpcpass|rpcuser/);
  },
);

test('a network that names no Secret uses the one that is made for it', () => {
  for (const spec of [{ secret: '' }, {}]) {
    const network = aNetwork({ spec: { nodes: 1, ...spec } });
    expect(JSON.stringify(statefulSetManifest(network, defaults))).toContain('"name":"my-network-rpc"');
  }
});

test.each(IMPLEMENTATIONS)('%s is probed every second while it starts', (implementation) => {
  expect(containerOf({ implementation })).toMatchObject({
    startupProbe: { periodSeconds: 1 },
    readinessProbe: { periodSeconds: 10 },
  });
});

test('the configuration of Bitcoin Core is where users of the original look for it', () => {
  expect(containerOf({ implementation: 'bitcoin-core' })?.volumeMounts).toContainEqual({
    name: 'config',
    mountPath: '/bitcoin.conf',
    subPath: 'bitcoin.conf',
    readOnly: true,
  });
});

test.each<[string, Partial<NetworkSpec>, Parameters<typeof statefulSetManifest>[1], string]>([
  ['the one that the network names', { image: 'mine:1' }, { implementation: 'btcd', image: 'theirs:1' }, 'mine:1'],
  ["the installation's", { image: '' }, { implementation: 'btcd', image: 'theirs:1' }, 'theirs:1'],
  ['the built-in one', {}, { implementation: 'btcd' }, 'btcnet/btcd:0.26.2'],
  [
    "the built-in one, where the installation's is for the other implementation",
    { implementation: 'bitcoin-core' },
    { implementation: 'btcd', image: 'theirs:1' },
    'christianb93/bitcoind:v1.0',
  ],
])('the image is %s', (_what, spec, given, image) => {
  expect(containerOf(spec, given)?.image).toBe(image);
});

test.each<
  [
    string,
    (set: { spec: { replicas: number; template: { metadata: object; spec: object } }; metadata: object }) => void,
  ]
>([
  ['replicas', ({ spec }) => Object.assign(spec, { replicas: 7 })],
  [
    'image',
    ({ spec }) => Object.assign(spec.template.spec, { containers: [{ name: 'my-network-sts-ctr', image: 'x' }] }),
  ],
  ['labels of the template', ({ spec }) => Object.assign(spec.template.metadata, { labels: { app: 'other' } })],
  ['labels', ({ metadata }) => Object.assign(metadata, { labels: {} })],
])('changed %s are drift', (_what, change) => {
  const set = JSON.parse(JSON.stringify(statefulSetManifest(aNetwork(), defaults))) as Parameters<typeof change>[0];
  Object.assign(set.metadata, { uid: 'set-1', resourceVersion: '1' });
  expect(statefulSetState(aNetwork(), set as unknown as LiveStatefulSet, defaults)).toBe('ours');
  change(set);
  expect(statefulSetState(aNetwork(), set as unknown as LiveStatefulSet, defaults)).toBe('drifted');
});
