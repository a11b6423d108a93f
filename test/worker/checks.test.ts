import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Cluster } from '../../activities/kubernetes/cluster.ts';
import { ApiError } from '../../activities/kubernetes/errors.ts';
import { type Check, Checks, kubernetesCheck, temporalCheck } from '../../worker/checks.ts';

const QUICK = { pauseMs: 5, timeoutMs: 20 };
const WITHIN_MS = 20_000;

let until: AbortController;
beforeEach(() => {
  until = new AbortController();
});
afterEach(() => {
  until.abort();
});

async function eventually(isSo: () => boolean): Promise<void> {
  for (const deadline = Date.now() + WITHIN_MS; !isSo();) {
    if (Date.now() > deadline) throw new Error('It was waited for in vain.');
    await sleep(2);
  }
}

class Log {
  readonly lines: [level: string, fields: unknown][] = [];
  info(fields: unknown): void {
    this.lines.push(['info', fields]);
  }
  warn(fields: unknown): void {
    this.lines.push(['warn', fields]);
  }
}

function running(check: Check): { checks: Checks; log: Log; wrong: () => string | null | undefined } {
  const log = new Log();
  const checks = new Checks({ it: check }, log, QUICK);
  checks.run(until.signal);
  return { checks, log, wrong: () => checks.findings['it']?.wrong };
}

test('nothing is known of a check that is not over', () => {
  expect(running(() => new Promise(() => undefined)).checks.findings).toEqual({ it: null });
});

test('a check that never ends and takes no notice of its signal is left behind, and made again', async () => {
  let made = 0;
  const { wrong } = running(() => {
    made += 1;
    return new Promise(() => undefined);
  });
  await eventually(() => made > 1);
  expect(wrong()).toBe('TimedOut');
});

test('a check that throws has found something', async () => {
  const { wrong } = running(() => Promise.reject(new Error('no')));
  await eventually(() => wrong() === 'InternalError');
});

test('what changes is logged once, with its reason', async () => {
  const failure = { reason: 'Unreachable', message: 'Nobody is there.' };
  let now: typeof failure | null = null;
  let made = 0;
  const { log, wrong } = running(() => {
    made += 1;
    return Promise.resolve(now);
  });
  await eventually(() => wrong() === null);
  now = failure;
  await eventually(() => wrong() === 'Unreachable');
  const before = made;
  await eventually(() => made > before + 3);
  now = null;
  await eventually(() => wrong() === null);
  expect(log.lines).toEqual([
    ['warn', { check: 'it', ...failure }],
    ['info', { check: 'it' }],
  ]);
});

test('a worker that stops checks nothing any more, and what is under way then is no trouble', async () => {
  let fail: (error: Error) => void = () => undefined;
  const { log, checks } = running(
    () =>
      new Promise((_resolve, reject) => {
        fail = reject;
      }),
  );
  until.abort();
  fail(new Error('closed'));
  await sleep(10);
  expect(log.lines).toEqual([]);
  expect(checks.findings).toEqual({ it: null });
});

describe('the API server', () => {
  const subject = { verb: 'get', kind: 'Namespace', name: 'kube-system' };
  const asked = (answer: () => Promise<unknown>): ReturnType<Check> =>
    kubernetesCheck({ call: answer } as unknown as Cluster, [])(AbortSignal.timeout(WITHIN_MS));

  test('that says which cluster it is can be reached', async () => {
    expect(await asked(() => Promise.resolve({ metadata: { uid: 'uid-1' } }))).toBeNull();
  });

  test('that shows only the namespace that is followed can be reached', async () => {
    const call = ({ path }: { path: string }): Promise<unknown> =>
      path === '/api/v1/namespaces/mine'
        ? Promise.resolve({ metadata: { uid: 'uid-2' } })
        : Promise.reject(new ApiError(subject, { status: 403 }));
    const check = kubernetesCheck({ call } as unknown as Cluster, ['mine']);
    expect(await check(AbortSignal.timeout(WITHIN_MS))).toBeNull();
  });

  test.each<[string, number | null, string | null, string]>([
    ['is away', null, 'ECONNREFUSED', 'ApiUnreachable'],
    ['says nothing', null, 'TIMEOUT', 'ApiTimedOut'],
    ['does not know the worker', 401, null, 'Unauthenticated'],
    ['refuses', 403, null, 'Forbidden'],
    ['is overburdened', 429, null, 'TooManyRequests'],
    ['is broken', 503, null, 'ApiServerError'],
  ])('that %s', async (_what, status, fault, reason) => {
    const found = await asked(() => Promise.reject(new ApiError(subject, { status, fault })));
    expect(found?.reason).toBe(reason);
  });
});

describe('the Temporal server', () => {
  type Connection = NonNullable<ReturnType<Parameters<typeof temporalCheck>[0]>>;
  const connection = (describeNamespace: () => Promise<unknown>): Connection =>
    ({
      withDeadline: (_deadline: number, ask: () => Promise<unknown>) => ask(),
      workflowService: { describeNamespace },
    }) as unknown as Connection;
  const asked = (answer: () => Promise<unknown>): ReturnType<Check> =>
    temporalCheck(() => connection(answer), 'default')(AbortSignal.timeout(WITHIN_MS));

  test('that has the namespace can be reached', async () => {
    expect(await asked(() => Promise.resolve({}))).toBeNull();
  });

  test('to which there is no connection cannot', async () => {
    expect((await temporalCheck(() => null, 'default')(AbortSignal.timeout(1)))?.reason).toBe('Unreachable');
  });

  test('to which the connection is being made is waited for', async () => {
    let made: Connection | null = null;
    const found = temporalCheck(() => made, 'default')(AbortSignal.timeout(WITHIN_MS));
    made = connection(() => Promise.resolve({}));
    expect(await found).toBeNull();
  });

  test.each([
    [4, 'TimedOut'],
    [5, 'NamespaceNotFound'],
    [7, 'Forbidden'],
    [14, 'Unreachable'],
    [16, 'Unauthenticated'],
    [13, 'ServerError'],
  ])('that answers with the code %i', async (code, reason) => {
    const found = await asked(() => Promise.reject(Object.assign(new Error('no'), { code })));
    expect(found?.reason).toBe(reason);
  });
});
