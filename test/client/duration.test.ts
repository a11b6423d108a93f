import { expect, test } from '@jest/globals';
import { MAX_DURATION_MS, parseDuration, printedAge } from '../../client/duration.ts';

test.each([
  ['60s', 60_000],
  ['1m30s', 90_000],
  ['500ms', 500],
  ['2h', 7_200_000],
  ['1.5s', 1_500],
  ['90', 90_000],
  ['0', 0],
  ['1d', 86_400_000],
])('%s is a duration', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each(['', 's', '-1s', '10 s', '10x', 's10', '1m30', '1e3', '1000d'])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeNull();
});

test('a duration is never longer than a timer can be', () => {
  expect(parseDuration('24d')).toBeLessThanOrEqual(MAX_DURATION_MS);
  expect(parseDuration('25d')).toBeNull();
});

test.each([
  [-5_000, '0s'],
  [0, '0s'],
  [59_999, '59s'],
  [60_000, '1m'],
  [200_000, '3m20s'],
  [7_500_000, '2h5m'],
  [86_400_000 * 3 + 1_000, '3d'],
])('an age of %d ms reads %s', (milliseconds, text) => {
  expect(printedAge(milliseconds)).toBe(text);
});
