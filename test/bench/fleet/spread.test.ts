import { expect, test } from '@jest/globals';
import { busiestSecond } from './spread.ts';

test('the busiest second is the one into which most moments fall', () => {
  expect(busiestSecond([100, 900, 1_000, 5_500, 5_600, 5_700], 10)).toEqual({ most: 3, mean: 0.6 });
});

test('nothing happens where there are no moments', () => {
  expect(busiestSecond([], 10)).toEqual({ most: 0, mean: 0 });
});
