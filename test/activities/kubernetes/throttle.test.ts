import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Throttle } from '../../../activities/kubernetes/throttle.ts';
import type { Timers } from '../../../activities/kubernetes/throttle.ts';

/** A clock that is wound by hand. */
class HandClock implements Timers {
  time = 0;
  #pending: { at: number; callback: () => void }[] = [];

  now = (): number => this.time;

  after = (ms: number, callback: () => void): (() => void) => {
    const entry = { at: this.time + ms, callback };
    this.#pending.push(entry);
    return () => {
      this.#pending = this.#pending.filter((other) => other !== entry);
    };
  };

  wind(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const next = this.#pending.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#pending = this.#pending.filter((other) => other !== next);
      this.time = next.at;
      next.callback();
    }
    this.time = end;
  }
}

interface Fired {
  at: number;
  key: string;
  value: number;
}

function throttle(): {
  clock: HandClock;
  fired: Fired[];
  push: (key: string, value: number) => void;
  stop: () => void;
} {
  const clock = new HandClock();
  const fired: Fired[] = [];
  const it = new Throttle<number>({
    intervalMs: 250,
    timers: clock,
    merge: (_earlier, later) => later,
    fire: (key, value) => {
      fired.push({ at: clock.time, key, value });
    },
  });
  const push = (key: string, value: number): void => {
    it.push(key, value);
  };
  return {
    clock,
    fired,
    push,
    stop: () => {
      it.stop();
    },
  };
}

test('the first word is passed on at once, the last one of the following after the interval', () => {
  const { clock, fired, push } = throttle();
  push('a', 1);
  push('a', 2);
  push('a', 3);
  expect(fired).toEqual([{ at: 0, key: 'a', value: 1 }]);
  clock.wind(1_000);
  expect(fired).toEqual([
    { at: 0, key: 'a', value: 1 },
    { at: 250, key: 'a', value: 3 },
  ]);
});

test('one key does not hold up another', () => {
  const { fired, push } = throttle();
  push('a', 1);
  push('b', 2);
  expect(fired.map(({ key }) => key)).toEqual(['a', 'b']);
});

test('nothing comes after the end', () => {
  const { clock, fired, push, stop } = throttle();
  push('a', 1);
  push('a', 2);
  stop();
  clock.wind(1_000);
  expect(fired).toHaveLength(1);
});

test('whatever the calls: never too often, never too late, and the last word always arrives', () => {
  const calls = fc.array(fc.record({ wait: fc.nat(300), key: fc.constantFrom('a', 'b') }), { maxLength: 60 });
  fc.assert(
    fc.property(calls, (sequence) => {
      const { clock, fired, push } = throttle();
      const last = new Map<string, number>();
      sequence.forEach(({ wait, key }, index) => {
        clock.wind(wait);
        push(key, index);
        last.set(key, index);
      });
      clock.wind(250);
      for (const [key, value] of last) {
        const ofKey = fired.filter((one) => one.key === key);
        expect(ofKey.at(-1)?.value).toBe(value);
        ofKey.slice(1).forEach((one, index) => {
          expect(one.at - (ofKey[index]?.at ?? 0)).toBeGreaterThanOrEqual(250);
        });
      }
    }),
  );
});
