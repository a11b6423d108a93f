/** The benchmark itself, once through: what it counts, never how long it takes. */
import { beforeAll, expect, test } from '@jest/globals';
import { SCENARIOS } from '../../bench/scenarios.ts';
import type { Figure } from '../../bench/scenario.ts';
import { dials, edgeCount } from '../../../workflows/topology.ts';

const ACTS: [act: string, nodes: number][] = [
  ['create 3', 3],
  ['scale 3 to 5', 5],
  ['1 of 5 lost', 5],
];

let figures: Map<string, Figure>;
beforeAll(async () => {
  const lifecycle = SCENARIOS.find(({ name }) => name === 'lifecycle');
  const measured = await lifecycle?.run({ size: 'smoke', note: () => undefined });
  figures = new Map(measured?.map((figure) => [figure.name, figure]));
}, 400_000);

test.each(ACTS)('%s: the nodes themselves confirm what the topology says', (act, nodes) => {
  const edges = edgeCount(dials(Array.from({ length: nodes }, (_, ordinal) => ordinal)));
  expect(figures.get(`${act}: nodes that answer`)?.runs).toEqual([nodes]);
  expect(figures.get(`${act}: connections, as the nodes show them`)?.runs).toEqual([edges]);
});

test.each(ACTS)('%s: the whole stands beside its floor, and the parts add up to it', (act) => {
  const whole = figures.get(`${act}: until all are peered`);
  expect(whole).toMatchObject({ floor: [expect.any(Number)], target: { of: 'above', atMost: 0.5 } });
  const parts = [...figures.values()]
    .filter(({ name, unit }) => name.startsWith(`${act}: `) && unit === 's')
    .slice(1, 5);
  expect(parts).toHaveLength(4);
  const sum = parts.flatMap(({ runs }) => runs).reduce((total, seconds) => total + seconds, 0);
  expect(whole?.runs).toHaveLength(1);
  expect(sum).toBeCloseTo(whole?.runs[0] ?? NaN, 3);
});
