import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { formatDuration, Progress } from '../../deploy/local/progress.ts';

// The clock stands still: no step takes any time.
beforeAll(() => {
  jest.useFakeTimers();
});
afterAll(() => {
  jest.useRealTimers();
});

test.each([
  [0, '0.0s'],
  [149, '0.1s'],
  [9_940, '9.9s'],
  [9_960, '10s'],
  [12_400, '12s'],
  [59_400, '59s'],
  [59_700, '1m00s'],
  [75_400, '1m15s'],
  [3_599_900, '60m00s'],
])('%d ms read %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test('a duration as it is read is never further from the true one than half of its last digit', () => {
  fc.assert(
    fc.property(fc.nat({ max: 100_000_000 }), (milliseconds) => {
      const [, minutes = '0', seconds] = /^(?:(\d+)m)?(\d+(?:\.\d)?)s$/.exec(formatDuration(milliseconds)) ?? [];
      const read = Number(minutes) * 60_000 + Number(seconds) * 1000;
      expect(Math.abs(read - milliseconds)).toBeLessThanOrEqual(milliseconds < 9_950 ? 50 : 500);
      expect(Number(seconds)).toBeLessThan(60);
    }),
  );
});

function recorder(): { out: NodeJS.WriteStream; text: () => string } {
  let text = '';
  const write = (chunk: string): boolean => {
    text += chunk;
    return true;
  };
  return { out: { isTTY: false, write } as unknown as NodeJS.WriteStream, text: () => text };
}

test('a step that is done is said once, and its result handed on', async () => {
  const { out, text } = recorder();
  await expect(new Progress(out).run('etcd 3.7.0', () => Promise.resolve('ready'))).resolves.toBe('ready');
  expect(text()).toBe('✓ etcd 3.7.0\n');
});

test('a step that fails is said to have failed, and its error handed on', async () => {
  const { out, text } = recorder();
  const work = (): Promise<never> => Promise.reject(new Error('no space'));
  await expect(new Progress(out).run('etcd 3.7.0', work)).rejects.toThrow('no space');
  expect(text()).toBe('✗ etcd 3.7.0 (failed)\n');
});

test('a step that is known to take long says so when it begins', () => {
  const { out, text } = recorder();
  new Progress(out).start('building kubernetes', 740).done();
  expect(text()).toBe('… building kubernetes: 0.0s of about 12m20s\n✓ building kubernetes\n');
});
