import { describe, expect, test } from '@jest/globals';
import { type Health, liveness, problems, readiness, STALE_MS, type WorkerState } from '../../worker/health.ts';

const NOW = 1_000_000;
const RUNNING: WorkerState = { runState: 'RUNNING', workflowPollerState: 'POLLING', activityPollerState: 'POLLING' };
const found = (wrong: string | null, ageMs = 0) => ({ wrong, atMs: NOW - ageMs });

const health = (overrides: Partial<Health> = {}): Health => ({
  worker: RUNNING,
  stopping: false,
  checks: { temporal: found(null), kubernetes: found(null) },
  ...overrides,
});

test('a worker that polls and reaches what it needs is ready', () => {
  expect(readiness(health(), NOW)).toEqual({
    status: 200,
    text: '[+]worker ok\n[+]temporal ok\n[+]kubernetes ok\nreadyz check passed\n',
  });
});

test('one that cannot reach something says what, and why', () => {
  expect(readiness(health({ checks: { temporal: found('Unreachable'), kubernetes: found(null) } }), NOW)).toEqual({
    status: 503,
    text: '[+]worker ok\n[-]temporal failed: Unreachable\n[+]kubernetes ok\nreadyz check failed\n',
  });
});

describe('not ready is a worker', () => {
  test.each<[string, Partial<Health>, string, string]>([
    ['that is being started', { worker: null }, 'worker', 'Starting'],
    ['that is there and does not run yet', { worker: { ...RUNNING, runState: 'INITIALIZED' } }, 'worker', 'Starting'],
    ['that was told to stop before it ran', { worker: null, stopping: true }, 'worker', 'Stopping'],
    ['that was told to stop', { stopping: true }, 'worker', 'Stopping'],
    ['that ends what it does', { worker: { ...RUNNING, runState: 'DRAINING' } }, 'worker', 'Stopping'],
    ['that has failed', { worker: { ...RUNNING, runState: 'FAILED' } }, 'worker', 'Failed'],
    ['that gets no work', { worker: { ...RUNNING, activityPollerState: 'SHUTDOWN' } }, 'worker', 'NotPolling'],
    ['whose first check is not over', { checks: { temporal: null } }, 'temporal', 'NotChecked'],
    ['whose last check is long ago', { checks: { temporal: found(null, STALE_MS + 1) } }, 'temporal', 'NotChecked'],
  ])('%s', (_what, overrides, check, reason) => {
    const { status, text } = readiness(health(overrides), NOW);
    expect(status).toBe(503);
    expect(text).toContain(`[-]${check} failed: ${reason}\n`);
    expect(problems(health(overrides), NOW)).toContainEqual([check, reason]);
  });
});

describe('alive is a worker', () => {
  test.each<[string, WorkerState | null]>([
    ['that is being started', null],
    ['that runs, whatever else is away', RUNNING],
    ['that stops', { ...RUNNING, runState: 'DRAINING' }],
  ])('%s', (_what, worker) => {
    expect(liveness({ worker })).toEqual({ status: 200, text: '[+]worker ok\nlivez check passed\n' });
  });

  test('and one that has failed is not', () => {
    expect(liveness({ worker: { ...RUNNING, runState: 'FAILED' } })).toEqual({
      status: 503,
      text: '[-]worker failed: Failed\nlivez check failed\n',
    });
  });
});
