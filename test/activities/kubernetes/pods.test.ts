import { describe, expect, test } from '@jest/globals';
import type { LiveEvent, LiveStatefulSet } from '../../../activities/kubernetes/objects.ts';
import { lacksPods, podFacts, refusalIn, type ListedPod } from '../../../activities/kubernetes/pods.ts';
import { readinessDigest } from '../../../activities/kubernetes/readiness.ts';
import { containerName } from '../../../workflows/names.ts';
import { aPod, LATER, pods } from '../../support/facts.ts';
import { aLivePod } from './live-objects.ts';

const waiting = (reason: string, message = 'details'): Parameters<typeof aLivePod>[1] => ({
  status: { containerStatuses: [{ name: containerName('my-network'), state: { waiting: { reason, message } } }] },
});

test('a running pod has an address, a start and no problem', () => {
  expect(podFacts('my-network', aLivePod(2))).toEqual({
    name: 'my-network-sts-2',
    ordinal: 2,
    uid: 'pod-2',
    ip: '10.0.0.3',
    ready: true,
    terminating: false,
    containerStart: '2026-01-01T00:00:00Z',
    problem: null,
    outdated: false,
  });
});

test('a terminating pod says so, and may still be ready', () => {
  const pod = aLivePod(0, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } });
  expect(podFacts('my-network', pod)).toMatchObject({ ready: true, terminating: true });
});

test('a pod that has only just been made has neither address nor problem', () => {
  expect(podFacts('my-network', aLivePod(0, { status: {} }))).toMatchObject({ ip: null, ready: false, problem: null });
});

test.each(['ContainerCreating', 'PodInitializing'])('%s is no problem', (reason) => {
  expect(podFacts('my-network', aLivePod(0, waiting(reason)))?.problem).toBeNull();
});

test.each([
  ['ErrImagePull', 'ImagePullBackOff'],
  ['ImagePullBackOff', 'ImagePullBackOff'],
  ['CreateContainerConfigError', 'CreateContainerConfigError'],
  ['CrashLoopBackOff', 'CrashLoopBackOff'],
  ['SomethingNew', 'SomethingNew'],
])('%s is told as %s, with the pod named', (reason, told) => {
  const problem = podFacts('my-network', aLivePod(1, waiting(reason)))?.problem;
  expect(problem).toMatchObject({ reason: told, message: expect.stringContaining('my-network-sts-1') });
});

test('a pod that no node of the cluster takes says so', () => {
  const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no memory' }];
  expect(podFacts('my-network', aLivePod(0, { status: { conditions } }))?.problem).toEqual({
    reason: 'Unschedulable',
    message: 'Pod my-network-sts-0: no memory',
  });
});

describe('a StatefulSet that gets no pods', () => {
  const event = (reason: string, second: number, message = ''): LiveEvent => ({
    metadata: { name: 'e', namespace: 'default', uid: 'e', resourceVersion: '1' },
    reason,
    message,
    lastTimestamp: `2026-01-01T00:00:0${second}Z`,
  });

  test('is told in the words of its controller, and what can be done', () => {
    const problem = refusalIn([event('SuccessfulCreate', 1), event('FailedCreate', 2, 'exceeded quota: q')]);
    expect(problem).toMatchObject({
      reason: 'FailedCreate',
      message: expect.stringMatching(/quota.*exceeded quota: q/),
    });
  });

  test('is no longer in trouble once it made another pod, and never was when it failed at nothing', () => {
    expect(refusalIn([event('FailedCreate', 2), event('SuccessfulCreate', 3)])).toBeNull();
    expect(refusalIn([event('SuccessfulCreate', 1)])).toBeNull();
    expect(refusalIn([])).toBeNull();
  });
});

test('a pod of another name is none of the network', () => {
  expect(podFacts('other', aLivePod(0))).toBeNull();
});

test('the digest of readiness changes with a node that comes, goes, moves or starts again, and with nothing else', () => {
  const digest = readinessDigest(pods(3), 3);
  expect(readinessDigest(pods(3).reverse(), 3)).toBe(digest);
  expect(readinessDigest([...pods(3), aPod(3)], 3)).toBe(digest);
  expect(readinessDigest([...pods(2), aPod(2, { uid: 'other' })], 3)).toBe(digest);
  for (const changed of [{ ready: false }, { terminating: true }, { ip: '10.9.9.9' }, { containerStart: LATER }]) {
    expect(readinessDigest([...pods(2), aPod(2, changed)], 3)).not.toBe(digest);
  }
  expect(readinessDigest(pods(4), 4)).not.toBe(digest);
});

describe('a set lacks pods', () => {
  const MADE_AT_MS = Date.parse('2026-01-01T00:00:00Z');
  const set: LiveStatefulSet = {
    metadata: {
      ...{ name: 'my-network-sts', namespace: 'default', uid: 'set-1', resourceVersion: '1' },
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
  };
  const pod = (ordinal: number, seconds: number, controller = 'set-1'): ListedPod => {
    const facts = podFacts('my-network', aLivePod(ordinal));
    if (facts === null) throw new Error('no pod of the network');
    return { facts, controller, madeFrom: null, madeAtMs: MADE_AT_MS + 1_000 * seconds };
  };
  const after = (seconds: number, listed: ListedPod[]): boolean =>
    lacksPods(set, listed, 3, MADE_AT_MS + 1_000 * seconds);

  test('when ten seconds after the last one there are still too few', () => {
    expect([after(9, []), after(10, [])]).toEqual([false, true]);
    expect([after(16, [pod(0, 7)]), after(17, [pod(0, 7)])]).toEqual([false, true]);
  });

  test('whatever pods of somebody else there are', () => {
    const strangers = [0, 1, 2].map((ordinal) => pod(ordinal, 60, 'another'));
    expect(after(20, strangers)).toBe(true);
  });

  test('never when all are there', () => {
    expect(after(3_600, [pod(0, 1), pod(1, 1), pod(2, 1)])).toBe(false);
  });

  test('when nothing says how old it is', () => {
    const { name, namespace, uid, resourceVersion } = set.metadata;
    expect(lacksPods({ metadata: { name, namespace, uid, resourceVersion } }, [], 1, MADE_AT_MS)).toBe(true);
  });
});
