import { expect, test } from '@jest/globals';
import { childState, ownerReference } from '../../../activities/kubernetes/ownership.ts';
import type { Live, OwnerReference } from '../../../activities/kubernetes/objects.ts';

const owner = { name: 'my-network', uid: 'uid-1' };
const child = (ownerReferences: OwnerReference[], deletionTimestamp?: string): Live => ({
  metadata: {
    name: 'my-network-svc',
    namespace: 'default',
    uid: 'child-1',
    resourceVersion: '1',
    ownerReferences,
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  },
});
const mine = ownerReference(owner);

test.each([
  ['nothing is there', null, 'missing'],
  ['it is controlled by the network', child([mine]), 'ours'],
  ['it is controlled by the network, and on its way out', child([mine], '2026-01-01T00:00:00Z'), 'dying'],
  ['its network was deleted and made again', child([{ ...mine, uid: 'uid-0' }]), 'dying'],
  ['it is controlled by another network', child([{ ...mine, name: 'other', uid: 'uid-2' }]), 'foreign'],
  ['nobody controls it', child([]), 'foreign'],
  ['the network owns it, but does not control it', child([{ ...mine, controller: false }]), 'foreign'],
  ['a kind of the same name controls it', child([{ ...mine, apiVersion: 'apps/v1', uid: 'uid-3' }]), 'foreign'],
])('%s: that is %s', (_what, object, state) => {
  expect(childState(object, owner, () => false)).toBe(state);
});

test('ours but not as declared is drifted', () => {
  expect(childState(child([mine]), owner, () => true)).toBe('drifted');
});
