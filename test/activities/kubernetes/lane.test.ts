import { expect, test } from '@jest/globals';
import { Lane } from '../../../activities/kubernetes/lane.ts';

function aLane(most: number, restMs = 0) {
  const begun: string[] = [];
  const errors: unknown[] = [];
  const ends: (() => void)[] = [];
  const lane = new Lane<number>({
    most,
    restMs,
    merge: (earlier, later) => earlier + later,
    work: (key, value) => {
      begun.push(`${key} ${String(value)}`);
      if (key === 'bad') throw new Error('mistake');
      return new Promise((resolve) => ends.push(resolve));
    },
    onError: (error) => errors.push(error),
  });
  const endOne = async (): Promise<void> => {
    ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { lane, begun, errors, endOne };
}

test('a burst is worked on a few at a time', async () => {
  const { lane, begun, endOne } = aLane(20);
  for (let number = 0; number < 1_000; number += 1) lane.push(`n-${String(number)}`, 1);
  expect(begun).toHaveLength(20);
  for (let number = 0; number < 5; number += 1) await endOne();
  expect(begun).toHaveLength(25);
});

test('of each key one piece waits, with what all of them said', async () => {
  const { lane, begun, endOne } = aLane(1);
  for (const key of ['a', 'b', 'b', 'a', 'b']) lane.push(key, 1);
  for (let number = 0; number < 3; number += 1) await endOne();
  expect(begun).toEqual(['a 1', 'b 3', 'a 1']);
});

test('a mistake is told and takes nobody’s place', () => {
  const { lane, begun, errors } = aLane(1);
  lane.push('bad', 1);
  lane.push('bad', 1);
  expect(begun).toEqual(['bad 1', 'bad 1']);
  expect(errors).toHaveLength(2);
});

test('what waits is dropped at the end, and nothing is begun any more', async () => {
  const { lane, begun, endOne } = aLane(1);
  for (const key of ['a', 'b']) lane.push(key, 1);
  lane.stop();
  lane.push('c', 1);
  await endOne();
  expect(begun).toEqual(['a 1']);
});
