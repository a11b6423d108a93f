/** The benchmark itself, on a few nodes: what it counts, never how long it takes. */
import { beforeAll, expect, test } from '@jest/globals';
import { SCENARIOS } from '../../bench/scenarios.ts';
import { PEERING_FIGURES } from '../../bench/peering/figures.ts';
import type { Figure } from '../../bench/scenario.ts';
import { dials, edgeCount } from '../../../workflows/topology.ts';

/** Nodes of the small run. */
const NODES = 12;
const EDGES = edgeCount(dials(Array.from({ length: NODES }, (_, ordinal) => ordinal)));

let names: Set<string>;
let figures: Map<string, Figure>;
beforeAll(async () => {
  const peering = SCENARIOS.find(({ name }) => name === 'peering');
  const measured = await peering?.run({ size: 'smoke', note: () => undefined });
  names = new Set(measured?.map(({ name }) => name));
  figures = new Map(measured?.map((figure) => [figure.name.replace(/^.*? ms[:,] /, ''), figure]));
}, 400_000);

const runsOf = (name: string): readonly number[] | undefined => figures.get(name)?.runs;

test('pods without containers are connected as the topology says', () => {
  expect(runsOf('connections')).toEqual([EDGES]);
});

test('every node is asked, and most of them more than once, until all is confirmed', () => {
  expect(runsOf('requests since the declaration')?.[0]).toBeGreaterThan(NODES);
});

test('that nothing has changed is seen by one request to each node', () => {
  expect(Math.min(...(runsOf('requests to verify that nothing has changed') ?? []))).toBe(NODES);
});

test('the way it is compared with adds every node to every other, by one request each', () => {
  expect(new Set(runsOf('addnode calls, one by one'))).toEqual(new Set([NODES * (NODES - 1)]));
  expect(new Set(runsOf('requests, one by one'))).toEqual(new Set([NODES * NODES]));
});

test('a replaced pod, a larger and a smaller network are measured, too', () => {
  for (const change of ['1 % replaced', '10 % more', '10 % fewer']) {
    expect(runsOf(`${change}: requests`)?.[0]).toBeGreaterThan(0);
    expect(runsOf(`${change}: edges moved`)?.[0]).toBeGreaterThan(0);
  }
});

test('has all figures that the scaling page asks for', () => {
  const wanted = Object.values(PEERING_FIGURES).map((nameOf) => nameOf(NODES, 0));
  expect(wanted.filter((name) => !names.has(name))).toEqual([]);
});
