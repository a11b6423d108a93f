import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  describeAct,
  FAULT_MAX_MS,
  LINK_FAULTS,
  LINKS,
  nodesAfter,
  NODES_MAX,
  PARTS,
  PAUSE_MAX_MS,
  REFUSALS,
  scheduleOf,
} from './schedule.ts';

/** The seeds of the campaign that the page on reliability tells of. */
const CAMPAIGN = Array.from({ length: 200 }, (_, index) => index + 1);

describe('the schedule of a seed', () => {
  test('is the same every time, and bounded', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (seed) => {
        const schedule = scheduleOf(seed);
        expect(scheduleOf(seed)).toEqual(schedule);
        expect(schedule.steps.length).toBeGreaterThanOrEqual(4);
        expect(nodesAfter(schedule)).toBeLessThanOrEqual(NODES_MAX);
        for (const { afterMs, act } of schedule.steps) {
          expect(afterMs).toBeLessThanOrEqual(PAUSE_MAX_MS);
          if ('forMs' in act) expect(act.forMs).toBeLessThanOrEqual(FAULT_MAX_MS);
          expect(describeAct(act)).not.toMatch(/undefined|object/);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('ends with the nodes that were asked for last', () => {
    const steps = [{ kind: 'scale', nodes: 7, by: 'signal' } as const, { kind: 'mine', node: 0 } as const];
    expect(nodesAfter({ seed: 0, nodes: 3, steps: steps.map((act) => ({ afterMs: 0, act })) })).toBe(7);
    expect(nodesAfter({ seed: 0, nodes: 3, steps: [] })).toBe(3);
  });
});

describe('the schedules of the campaign', () => {
  const acts = CAMPAIGN.flatMap((seed) => scheduleOf(seed).steps.map(({ act }) => act));

  test('are those that were fixed beforehand', () => {
    const digest = createHash('sha256')
      .update(JSON.stringify(CAMPAIGN.map(scheduleOf)))
      .digest('hex');
    expect(digest).toBe('43a2790ef1bd1cc8327b90d8c44be895a715a2fa2bc087598e093cd144a292c6');
  });

  test('have every fault on every connection, every part that dies, and every deed', () => {
    const texts = new Set(acts.map(describeAct).map((text) => text.replace(/\d+ ms/, 'a while')));
    for (const link of LINKS) {
      for (const fault of LINK_FAULTS) expect(texts).toContain(`connections to ${link}: ${fault} for a while`);
    }
    for (const part of PARTS) expect(texts).toContain(`${part} is killed, and back after a while`);
    for (const status of REFUSALS) expect(texts).toContain(`the API server answers ${String(status)} for a while`);
    const kinds = new Set(acts.map(({ kind }) => kind));
    expect([...kinds].toSorted()).toEqual([
      'delete-child',
      'delete-pod',
      'edit-set',
      'kill',
      'link',
      'mine',
      'recreate',
      'refuse-credentials',
      'refuse-requests',
      'replace-worker',
      'restart-container',
      'scale',
      'stop-worker',
    ]);
  });
});
