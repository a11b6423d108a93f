import { describe, expect, test } from '@jest/globals';
import { planFor, shardsFor, type Costs } from './capacity.ts';
import { costsOf } from './costs.ts';
import { exampleFleet, exampleReport } from './example-reports.ts';
import { LIMITS } from './limits.ts';

const costs = costsOf(new Map([['fleet', exampleFleet()]]));

describe('what a network costs', () => {
  test('is what the largest number of networks takes above none, divided by that number', () => {
    expect(costs).toMatchObject({
      networks: 1_000,
      nodes: 3,
      events: 864,
      historyKb: 128,
      etcdBytes: expect.closeTo(100_000),
    });
    expect(costs.worker).toEqual({
      idleCores: 0.02,
      coresPerNetwork: expect.closeTo(0.0005),
      idleMb: 200,
      mbPerNetwork: expect.closeTo(0.09),
    });
  });

  test('counts the requests of all verbs, but those that there are without networks', () => {
    expect(costs.apiRequestsIdlePerMinute).toBe(40);
    expect(costs.apiRequestsPerMinute).toBeCloseTo(0.12);
  });

  test('is not computed from a report that lacks a figure, which is named', () => {
    const { scenario } = exampleFleet();
    const figures = scenario.figures.filter(({ name }) => !name.endsWith('s, processor, temporal'));
    expect(() => costsOf(new Map([['fleet', exampleReport('fleet', figures)]]))).toThrow(
      '"1000 networks: at rest for … s, processor, temporal"',
    );
  });
});

describe('a plan', () => {
  test('for the networks that were measured says what was measured', () => {
    const plan = planFor(1_000, costs);
    expect(plan).toMatchObject({ clusters: 1, pods: 3_000, machines: 28, nodeWatches: 1 });
    expect(plan.workerCores).toBeCloseTo(0.52);
    expect(plan.workerMb).toBeCloseTo(290);
    expect(plan.eventsPerSecond).toBeCloseTo(10);
    // Half of the looks are made by the second worker, which asks twice as much.
    expect(plan).toMatchObject({ workers: 2 });
    expect(plan.apiRequestsPerSecond).toBeCloseTo((40 + 120 * 1.5) / 60);
    expect(plan.historyGbPerDay).toBeCloseTo(1_000 / 8 / 1024);
  });

  test('for ten times as many needs ten times what the networks need, and not ten times what there is anyway', () => {
    const plan = planFor(10_000, costs);
    expect(plan).toMatchObject({ clusters: 1, pods: 30_000, machines: 273, workers: 11, nodeWatches: 10 });
    expect(plan.workerCores).toBeCloseTo(5.02);
    expect(plan.temporalCores).toBeCloseTo(5.02);
  });

  test('takes more clusters where there would be too many Services, and pays for what each needs anyway', () => {
    const plan = planFor(100_000, costs);
    expect(plan).toMatchObject({ clusters: 10, networksPerCluster: 10_000, workers: 110 });
    expect(plan.workerCores).toBeCloseTo(50.2);
    // One Temporal for all of them.
    expect(plan.temporalCores).toBeCloseTo(50.02);
  });

  test('takes more clusters where etcd would be too large', () => {
    const heavy: Costs = { ...costs, etcdBytes: 2 ** 20 };
    expect(planFor(8_192, heavy).clusters).toBe(1);
    expect(planFor(8_193, heavy).clusters).toBe(2);
  });

  test('has two workers even for one network, and enough to wait for those that are not as declared', () => {
    expect(planFor(1, costs).workers).toBe(2);
    const light: Costs = { ...costs, worker: { ...costs.worker, coresPerNetwork: 0 } };
    const waitedFor = LIMITS.unsettledPerWorker.value / LIMITS.unsettled.value;
    expect(planFor(2 * waitedFor, light).workers).toBe(2);
    expect(planFor(2 * waitedFor, { ...light, networks: 1 }).workers).toBe(2);
    expect(planFor(2 * waitedFor + 1, light).clusters * 2).toBeLessThanOrEqual(
      planFor(2 * waitedFor + 1, light).workers,
    );
  });

  test('tells what is full first', () => {
    expect(planFor(1_000, costs).shares[0]).toEqual({
      what: 'worker',
      share: expect.closeTo(1.04),
      remedy: 'another worker',
    });
    const light: Costs = { ...costs, worker: { ...costs.worker, coresPerNetwork: 0 } };
    expect(planFor(10_000, light).shares[0]).toEqual({
      what: 'number of Services',
      share: 1,
      remedy: 'another cluster',
    });
  });
});

describe('history shards', () => {
  test('are never fewer than Temporal advises', () => {
    expect(shardsFor(0)).toBe(512);
    expect(shardsFor(512)).toBe(512);
  });

  test('are a power of two, and leave each shard idle nine tenths of the busiest hour', () => {
    expect(shardsFor(513)).toBe(1_024);
    expect(shardsFor(1_024)).toBe(1_024);
    expect(shardsFor(1_025)).toBe(2_048);
  });
});
