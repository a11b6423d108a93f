import { expect, test } from '@jest/globals';
import { OwnWrites } from '../../../activities/kubernetes/own-writes.ts';

const version = (uid: string, resourceVersion: string): { uid: string; resourceVersion: string } => ({
  uid,
  resourceVersion,
});
const written = (uid: string, resourceVersion: string): Parameters<OwnWrites['record']>[0] => ({
  metadata: { ...version(uid, resourceVersion), name: 'x', namespace: 'default' },
});

test('exactly the versions that were written are known', () => {
  const writes = new OwnWrites();
  writes.record(written('a', '1'));
  expect(writes.has(version('a', '1'))).toBe(true);
  expect(writes.has(version('a', '2'))).toBe(false);
  expect(writes.has(version('b', '1'))).toBe(false);
});

test('the oldest are forgotten first', () => {
  const writes = new OwnWrites(2);
  for (const resourceVersion of ['1', '2', '3']) writes.record(written('a', resourceVersion));
  expect(['1', '2', '3'].map((one) => writes.has(version('a', one)))).toEqual([false, true, true]);
});

test('it is known when each status was written last, of those that were written lately', () => {
  const writes = new OwnWrites(2);
  writes.recordStatus('a', 1);
  writes.recordStatus('b', 2);
  writes.recordStatus('a', 3);
  writes.recordStatus('c', 4);
  expect(['a', 'b', 'c'].map((uid) => writes.statusWrittenAt(uid))).toEqual([3, null, 4]);
});
