import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isShimOf } from '../../deploy/local/host/containers.ts';
import { type MarkedProcess, markOf, STACK_MARK, withoutChildren } from '../../deploy/local/processes/strays.ts';

const environment = (...variables: string[]): string => variables.map((variable) => `${variable}\0`).join('');

test.each([
  [environment('PATH=/bin', `${STACK_MARK}=/var/lib/btcnet`, 'HOME=/root'), '/var/lib/btcnet'],
  [environment(`${STACK_MARK}=/with=sign`), '/with=sign'],
  [environment('PATH=/bin'), undefined],
  [environment(`NOT_${STACK_MARK}=/a`, `${STACK_MARK}_NOT=/b`, `A=${STACK_MARK}=/c`), undefined],
  ['', undefined],
])('the environment %j has the mark %j', (text, mark) => {
  expect(markOf(text)).toBe(mark);
});

test('the mark is found among any other variables', () => {
  const variable = fc.string().filter((text) => !text.includes('\0') && !text.startsWith(`${STACK_MARK}=`));
  fc.assert(
    fc.property(fc.array(variable), fc.array(variable), (before, after) => {
      expect(markOf(environment(...before, `${STACK_MARK}=/state`, ...after))).toBe('/state');
      expect(markOf(environment(...before, ...after))).toBeUndefined();
    }),
  );
});

const process = (pid: number, parent: number, isShim = false): MarkedProcess => ({
  pid,
  parent,
  isShim,
  startTicks: 1,
  bootId: 'boot',
  directory: '/state',
});

test('processes that another one of the stack has started are left to it, however deep', () => {
  const containerd = process(10, 1);
  const runc = process(11, 10);
  const itsChild = process(12, 11);
  expect(withoutChildren([itsChild, runc, containerd])).toEqual([containerd]);
});

test('shims, and what they have started, are not taken for processes that nobody knows', () => {
  expect(withoutChildren([process(20, 1, true), process(21, 20)])).toEqual([]);
});

test('what has lost its parent stands for itself', () => {
  const orphan = process(31, 1);
  expect(withoutChildren([orphan])).toEqual([orphan]);
});

const SOCKET = '/var/lib/btcnet/run/containerd.sock';

test.each([
  ['/cache/containerd-shim-runc-v2', '-namespace', 'k8s.io', '-id', 'abc', '-address', SOCKET],
  ['containerd-shim-runc-v2', '--address', SOCKET],
])('%s %s … is a shim of ours', (...words) => {
  expect(isShimOf(words, SOCKET)).toBe(true);
});

test.each([
  [['containerd-shim-runc-v2', '-address', '/run/containerd/containerd.sock']],
  [['containerd-shim-runc-v2', '-address', `${SOCKET}.ttrpc`]],
  [['containerd-shim-runc-v2', '-id', SOCKET, '-address']],
  [['ctr', '-address', SOCKET]],
  [['grep', 'containerd-shim-runc-v2', '-address', SOCKET]],
  [[]],
])('%j is not', (words) => {
  expect(isShimOf(words, SOCKET)).toBe(false);
});
