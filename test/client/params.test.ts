import { expect, test } from '@jest/globals';
import { parseParams } from '../../client/params.ts';

const DIGITS = '1234567890'.repeat(6) + '1234';

test.each<[string, unknown]>([
  ['3', 3],
  ['-1', -1],
  ['0.5', 0.5],
  ['true', true],
  ['null', null],
  ['["a",1]', ['a', 1]],
  ['{"b":{"c":2}}', { b: { c: 2 } }],
  ['"3"', '3'],
  ['regtest', 'regtest'],
  ['', ''],
  ['[unfinished', '[unfinished'],
  ['00ff', '00ff'],
  ['127.0.0.1:18444', '127.0.0.1:18444'],
])('%s is handed on as %j', (word, value) => {
  expect(parseParams([word])).toEqual([value]);
});

test('a hash that consists of digits stays the text that it is', () => {
  expect(parseParams([DIGITS, '1e999', '9007199254740993'])).toEqual([DIGITS, '1e999', '9007199254740993']);
});
