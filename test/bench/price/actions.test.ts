import { expect, test } from '@jest/globals';
import type { Written } from '../fake-cluster/histories.ts';
import { actionsIn, heartbeats } from './actions.ts';

let next = 0;
const event = (name: string, more: Partial<Written> = {}): Written => {
  next += 1;
  return { name, id: `0/${next}`, atMs: 0, bytes: 1, because: null, attempt: 0, heartbeatMs: 0, ...more };
};

test('timers, signals and the start are an action each; what follows from them is none', () => {
  const names = ['WORKFLOW_EXECUTION_STARTED', 'TIMER_STARTED', 'TIMER_FIRED', 'WORKFLOW_EXECUTION_SIGNALED'];
  const tasks = ['SCHEDULED', 'STARTED', 'COMPLETED'].map((how) => `WORKFLOW_TASK_${how}`);
  expect(actionsIn([...names, ...tasks].map((name) => event(name)))).toBe(3);
});

test('all local activities of one task of the workflow are one action', () => {
  expect(actionsIn(['0/5', '0/5', '0/9'].map((because) => event('MARKER_RECORDED', { because })))).toBe(2);
});

test('every attempt of an activity is an action, and every sign of life that the SDK lets through', () => {
  const scheduled = event('ACTIVITY_TASK_SCHEDULED', { heartbeatMs: 5_000 });
  const started = event('ACTIVITY_TASK_STARTED', { because: scheduled.id, attempt: 3, atMs: 1_000 });
  const completed = event('ACTIVITY_TASK_COMPLETED', { because: scheduled.id, atMs: 10_000 });
  expect(heartbeats(9_000, 5_000)).toBe(3);
  expect(actionsIn([scheduled, started, completed])).toBe(3 + 3);
  expect(actionsIn([{ ...scheduled, heartbeatMs: 0 }, started, completed])).toBe(3);
});
