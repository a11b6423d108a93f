import { describe, expect, test } from '@jest/globals';
import { enter, failed, worked } from '../../workflows/diary.ts';
import type { NetworkFacts } from '../../workflows/facts.ts';
import type { Step } from '../../workflows/observation.ts';
import { wordsFor } from '../../workflows/words.ts';
import { aNetwork, aPod, aReport, pods, theFacts } from '../support/facts.ts';

const AT = '2030-01-02T03:04:05.678Z';

describe('what is said of a step', () => {
  test.each<[Step, Partial<NetworkFacts>, string]>([
    ['ensureCredentials', { credentials: 'missing' }, 'Create the Secret my-network-node of the nodes'],
    ['ensureService', { service: 'drifted' }, 'Put back the Service my-network-svc'],
    [
      'ensureStatefulSet',
      { statefulSet: 'missing', replicas: null },
      'Create the StatefulSet my-network-sts with 3 nodes',
    ],
    ['ensureStatefulSet', { replicas: 5 }, 'Scale the StatefulSet my-network-sts from 5 to 3 nodes'],
    [
      'syncPeers',
      { peers: aReport(3, { actualEdges: 1, strayEdges: 2 }) },
      'Connect the nodes: 1 of 3 connections are there, 2 that should not be are closed',
    ],
  ])('%s of %j', (step, facts, text) => {
    expect(wordsFor(theFacts(facts), [[step]])?.steps).toEqual({ [step]: text });
  });
});

describe('what is said of the nodes', () => {
  test.each<[string, Partial<NetworkFacts>]>([
    ['node 1 (it has no pod)', { pods: [aPod(0), aPod(2)] }],
    ['node 2 (its pod is being deleted)', { pods: [aPod(0), aPod(1), aPod(2, { terminating: true })] }],
    [
      'node 0 (ImagePullBackOff), node 1 (it starts)',
      {
        pods: [
          aPod(0, { ready: false, problem: { reason: 'ImagePullBackOff', message: '' } }),
          aPod(1, { ready: false }),
          aPod(2),
        ],
      },
    ],
    ['4998 nodes', { network: aNetwork({ spec: { nodes: 5000 } }), pods: pods(2) }],
  ])('%s', (text, facts) => {
    expect(wordsFor(theFacts(facts), [])?.unready).toBe(text);
  });

  test('is nothing when all are ready and nothing is due', () => {
    expect(wordsFor(theFacts({}), [])).toBeUndefined();
  });
});

describe('the diary', () => {
  test('has a line for each thing that happened, with its time', () => {
    const diary: string[] = [];
    enter(diary, worked('Create the Service'), AT);
    enter(diary, failed('Create the Secret', { reason: 'SecretMissing', message: 'It is not there.' }), AT);
    expect(diary).toEqual([
      '`2030-01-02 03:04:05` ✓ Create the Service',
      '`2030-01-02 03:04:05` ✗ Create the Secret: **SecretMissing** It is not there.',
    ]);
  });

  test('does not repeat itself, and keeps the last 30 lines, none of them long', () => {
    const diary: string[] = [];
    enter(diary, 'the same', AT);
    enter(diary, 'the same', '2030-01-02T03:05:05Z');
    expect(diary).toHaveLength(1);
    for (let number = 0; number < 100; number += 1) enter(diary, `${number} ${'x'.repeat(500)}`, AT);
    expect(diary).toHaveLength(30);
    expect(diary.at(-1)).toContain('99');
    expect(Math.max(...diary.map((line) => line.length))).toBeLessThan(230);
  });
});
