import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { declares, sameMap } from '../../../activities/kubernetes/drift.ts';

test('what others added beside the declared fields is theirs', () => {
  expect(declares({ a: 1, b: { c: 2 } }, { a: 1, b: { c: 2, d: 3 }, e: 4 })).toBe(true);
});

test.each([
  ['a changed value', { replicas: 3 }, { replicas: 5 }],
  ['a missing field', { labels: { app: 'x' } }, { labels: {} }],
  ['a missing map', { labels: { app: 'x' } }, {}],
  ['another type', { port: 1 }, { port: '1' }],
  ['a shorter list', { args: ['a', 'b'] }, { args: ['a'] }],
  ['a longer list of plain values', { args: ['a'] }, { args: ['a', 'b'] }],
  ['another order of plain values', { args: ['a', 'b'] }, { args: ['b', 'a'] }],
  ['a list that became something else', { args: ['a'] }, { args: 'a' }],
  ['a missing element', { env: [{ name: 'A', value: '1' }] }, { env: [{ name: 'B', value: '1' }] }],
])('%s is drift', (_what, declared, live) => {
  expect(declares(declared, live)).toBe(false);
});

test('elements of a list of objects are sought wherever they stand', () => {
  const declared = { env: [{ name: 'A', value: '1' }] };
  expect(declares(declared, { env: [{ name: 'B' }, { name: 'A', value: '1', extra: true }] })).toBe(true);
});

test('empty declared values stand for fields that the API server leaves out', () => {
  expect(declares({ a: '', b: [], c: {}, d: { e: '' } }, {})).toBe(true);
  expect(declares({ a: '' }, { a: 'x' })).toBe(false);
});

test('whatever is declared is declared by itself, and by itself with more fields', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (declared, more) => {
      expect(declares(declared, declared)).toBe(true);
      const free = `${Object.keys(declared).join('')}+`;
      expect(declares(declared, { ...declared, [free]: more })).toBe(true);
    }),
  );
});

test('maps are the same whatever their order, and differ by any entry', () => {
  expect(sameMap({ a: '1', b: '2' }, { b: '2', a: '1' })).toBe(true);
  expect(sameMap({ a: '1' }, { a: '1', b: '2' })).toBe(false);
  expect(sameMap({ a: '1' }, undefined)).toBe(false);
});
