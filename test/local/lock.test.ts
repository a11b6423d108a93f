import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { acquireLock, lockAddress } from '../../deploy/local/lock.ts';

/** A lock that no other run of these tests takes. */
let locks = 0;
const newName = (): string => `test:${process.pid}:${locks++}`;
const nobody = (): never => {
  throw new Error('nobody is to be waited for');
};

const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** Another process that holds the lock until it is killed. */
async function holder(name: string): Promise<ChildProcess> {
  const code = `import { acquireLock } from ${JSON.stringify(new URL('../../deploy/local/lock.ts', import.meta.url))};
    await acquireLock(process.argv[1], () => undefined); console.log('held'); setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

test('a lock that nobody holds is taken at once, and again when it was released', async () => {
  const name = newName();
  for (let time = 0; time < 3; time++) {
    const lock = await acquireLock(name, nobody);
    lock.release();
    await turn();
  }
  await expect(acquireLock(name, nobody)).resolves.toBeDefined();
});

test('locks of different names are taken side by side', async () => {
  const locked = await Promise.all([newName(), newName()].map((name) => acquireLock(name, nobody)));
  expect(locked).toHaveLength(2);
});

test('never do two hold one lock', async () => {
  const name = newName();
  let holding = 0;
  const seen: number[] = [];
  const work = async (): Promise<void> => {
    const lock = await acquireLock(name, () => undefined);
    seen.push(++holding);
    await turn();
    holding--;
    lock.release();
  };
  await Promise.all([work(), work(), work(), work()]);
  expect(seen).toEqual([1, 1, 1, 1]);
});

test('whoever waits is told once for whom, and gets the lock when that process is killed', async () => {
  const name = newName();
  const other = await holder(name);
  const told: string[] = [];
  const lock = await acquireLock(name, (pid) => {
    told.push(pid);
    other.kill('SIGKILL');
  });
  expect(told).toEqual([String(other.pid)]);
  await expect(
    new Promise((resolve) => connect(lockAddress(name)).setEncoding('utf8').on('data', resolve)),
  ).resolves.toBe(String(process.pid));
  lock.release();
});

test('a lock can have a name of any length, as paths do', async () => {
  const name = `part:/${'long/'.repeat(100)}`;
  const lock = await acquireLock(name, nobody);
  lock.release();
  await expect(acquireLock(name, nobody)).resolves.toBeDefined();
});

test('every name has an address of its own that the kernel takes', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), fc.string({ maxLength: 300 }), (one, other) => {
      expect(lockAddress(one).startsWith('\0')).toBe(true);
      expect(Buffer.byteLength(lockAddress(one))).toBeLessThanOrEqual(107);
      expect(lockAddress(one) === lockAddress(other)).toBe(one === other);
    }),
  );
});
