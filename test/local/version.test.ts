import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseVersion, versionFits } from '../../deploy/local/parts/version.ts';

test.each([
  ['Kubernetes v1.37.2', [1, 37, 2]],
  ['containerd github.com/containerd/containerd/v2 v2.4.2 abc123', [2, 4, 2]],
  ['containerd-shim-runc-v2:\n  Version:  v2.4.2\n', [2, 4, 2]],
  ['etcd Version: 3.7.0\nGo Version: go1.26.6', [3, 7, 0]],
  ['CoreDNS-1.15.0\nlinux/amd64, go1.26.6', [1, 15, 0]],
  ['temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)', [1, 5, 1]],
  ['Client Version: v1.37.2\nKustomize Version: v5.7.1', [1, 37, 2]],
  ['go1.27', [1, 27, 0]],
])('%j tells its version', (words, version) => {
  expect(parseVersion(words)).toEqual(version);
});

test.each([
  ['1.37.9', 'minor', true],
  ['1.36.9', 'minor', false],
  ['1.38.0', 'minor', false],
  ['2.37.2', 'minor', false],
  ['1.36.0', 'one-minor-apart', true],
  ['1.38.4', 'one-minor-apart', true],
  ['1.35.0', 'one-minor-apart', false],
  ['1.39.0', 'one-minor-apart', false],
  ['2.37.0', 'one-minor-apart', false],
  ['1.37.2', 'at-least', true],
  ['1.37.1', 'at-least', false],
  ['1.38.0', 'at-least', true],
  ['2.0.0', 'at-least', true],
  ['0.99.99', 'at-least', false],
] as const)('%s, where 1.37.2 is wanted, %s: fits is %j', (found, fit, fits) => {
  expect(versionFits(found, '1.37.2', fit)).toBe(fits);
});

test.each(['minor', 'one-minor-apart', 'at-least'] as const)('words without a version never fit: %s', (fit) => {
  expect(versionFits('command not found', '1.37.2', fit)).toBe(false);
  expect(versionFits('', '1.37.2', fit)).toBe(false);
});

const part = fc.nat({ max: 50 });
const version = fc.tuple(part, part, part);

test('a version fits itself, however near it must be', () => {
  fc.assert(
    fc.property(version, fc.constantFrom('minor', 'one-minor-apart', 'at-least'), (numbers, fit) => {
      expect(versionFits(`v${numbers.join('.')}`, numbers.join('.'), fit)).toBe(true);
    }),
  );
});

test('of two versions at least one is at least the other, and both only if they are the same', () => {
  fc.assert(
    fc.property(version, version, (a, b) => {
      const [one, other] = [a.join('.'), b.join('.')];
      const [forth, back] = [versionFits(one, other, 'at-least'), versionFits(other, one, 'at-least')];
      expect(forth || back).toBe(true);
      expect(forth && back).toBe(one === other);
    }),
  );
});
