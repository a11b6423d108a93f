import { expect, test } from '@jest/globals';
import { serviceState } from '../../../../activities/kubernetes/children.ts';
import { serviceManifest } from '../../../../activities/kubernetes/manifests/service.ts';
import type { LiveService } from '../../../../activities/kubernetes/objects.ts';
import { networkLabels, selectorLabels } from '../../../../workflows/names.ts';
import { aNetwork } from '../../../support/facts.ts';

const network = aNetwork();
const live = (change: (service: LiveService) => void = () => undefined): LiveService => {
  const service = JSON.parse(JSON.stringify(serviceManifest(network))) as LiveService;
  Object.assign(service.metadata, { uid: 'svc-1', resourceVersion: '1' });
  change(service);
  return service;
};

test('the Service is headless, names nodes before they are ready, and belongs to the network', () => {
  expect(serviceManifest(network)).toMatchObject({
    metadata: {
      name: 'my-network-svc',
      namespace: 'default',
      labels: networkLabels('my-network'),
      ownerReferences: [{ kind: 'BitcoinNetwork', name: 'my-network', uid: 'uid-1', controller: true }],
    },
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: selectorLabels('my-network'),
      ports: [{ port: 18332 }, { port: 18444 }],
    },
  });
});

test('a Service as made is ours', () => {
  expect(serviceState(network, live())).toBe('ours');
});

test.each<[string, (service: LiveService) => void]>([
  ['a foreign key in the selector', ({ spec }) => Object.assign(spec?.selector ?? {}, { zone: 'moon' })],
  ['a changed selector', ({ spec }) => Object.assign(spec?.selector ?? {}, { app: 'other' })],
  ['a changed label', ({ metadata }) => Object.assign(metadata.labels ?? {}, { app: 'other' })],
  ['a closed port', ({ spec }) => Object.assign(spec ?? {}, { ports: [] })],
])('%s is put back', (_what, change) => {
  expect(serviceState(network, live(change))).toBe('drifted');
});

test('a label that somebody added stays', () => {
  expect(
    serviceState(
      network,
      live(({ metadata }) => Object.assign(metadata.labels ?? {}, { team: 'blue' })),
    ),
  ).toBe('ours');
});
