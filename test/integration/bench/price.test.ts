/** The benchmark itself, on three networks and for seconds: what it counts, never how long it takes. */
import { beforeAll, expect, test } from '@jest/globals';
import { SCENARIOS } from '../../bench/scenarios.ts';
import type { Figure } from '../../bench/scenario.ts';

let figures: Figure[];
beforeAll(async () => {
  const price = SCENARIOS.find(({ name }) => name === 'price');
  figures = (await price?.run({ size: 'smoke', note: () => undefined })) ?? [];
}, 400_000);

const theOne = (name: RegExp): number => {
  const [only, ...more] = figures.filter((figure) => name.test(figure.name));
  expect(more).toEqual([]);
  return only?.runs[0] ?? NaN;
};

test('a network at rest costs what its timer costs: at most 2,000 events and 1,000 actions a day', () => {
  const events = theOne(/^at rest, 3 nodes: history of a network, by rule$/);
  const actions = theOne(/^at rest, 3 nodes: a network, by rule$/);
  expect(events).toBeLessThanOrEqual(2_000);
  expect(actions).toBeGreaterThan(0);
  expect(actions).toBeLessThanOrEqual(events / 3);
});

test('a network that is worked on costs more, and its events are told by kind', () => {
  const events = theOne(/^scaled and bereft of a pod .*: history of a network$/);
  const actions = theOne(/^scaled and bereft of a pod .*: a network$/);
  expect(events).toBeGreaterThan(2_000);
  expect(actions).toBeLessThan(events);
  expect(theOne(/: WORKFLOW_EXECUTION_SIGNALED, /)).toBeGreaterThan(0);
  // What is started is ended, but for what goes on at the beginning and at the end.
  const [scheduled, completed] = ['SCHEDULED', 'COMPLETED'].map((how) =>
    theOne(new RegExp(`: WORKFLOW_TASK_${how}, `)),
  );
  expect(Math.abs((scheduled ?? NaN) - (completed ?? NaN))).toBeLessThanOrEqual(1);
});

test('a month of ten thousand networks is ten times that of a thousand, but for the installation', () => {
  const installation = theOne(/^installation without a network/);
  const [thousand, tenThousand] = [/with 1,000 networks/, /with 10,000 networks/].map(
    (name) => theOne(name) - installation,
  );
  expect((tenThousand ?? NaN) / (thousand ?? NaN)).toBeCloseTo(10);
});
