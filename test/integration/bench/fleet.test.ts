/** The benchmark itself, on a few networks: what it counts, never how long it takes. */
import { beforeAll, expect, test } from '@jest/globals';
import { costsOf } from '../../bench/page/costs.ts';
import { scenarioReport } from '../../bench/report.ts';
import { SCENARIOS } from '../../bench/scenarios.ts';
import type { Figure } from '../../bench/scenario.ts';

/** Networks of the small run, each of three nodes. */
const NETWORKS = 3;
const CHANGES = 3;

let all: readonly Figure[];
let figures: Map<string, Figure>;
beforeAll(async () => {
  const fleet = SCENARIOS.find(({ name }) => name === 'fleet');
  all = (await fleet?.run({ size: 'smoke', note: () => undefined })) ?? [];
  figures = new Map(all.map((figure) => [figure.name.replace(/^.*? networks: (at rest for \d+ s, )?/, ''), figure]));
}, 400_000);

const runsOf = (name: string): readonly number[] | undefined => figures.get(name)?.runs;

test('each of the networks is connected, three nodes with each other', () => {
  expect(runsOf('connections')).toEqual([3 * NETWORKS]);
});

test('every change is acted on, and what Kubernetes itself takes for two writes stands beside it', () => {
  expect(runsOf('a change until it is acted on')).toHaveLength(CHANGES);
  expect(figures.get('a change until it is acted on')?.floor).toHaveLength(CHANGES);
});

test('a network that nobody touches costs at most 2,000 events a day, by the rule of the timers', () => {
  const [events] = runsOf('at rest by rule, history of a network') ?? [];
  expect(events).toBeGreaterThan(0);
  expect(events).toBeLessThanOrEqual(2_000);
});

test('processor, memory and requests are measured beside those of a server without networks', () => {
  for (const part of ['worker', 'temporal', 'kube-apiserver']) {
    for (const what of ['processor', 'memory']) {
      expect(figures.get(`${what}, ${part}`)).toMatchObject({
        runs: [expect.any(Number)],
        floor: [expect.any(Number)],
      });
    }
  }
  expect(figures.get('nodes asked')).toMatchObject({ floor: [0] });
  expect([...figures.keys()].filter((name) => name.startsWith('API server, ')).length).toBeGreaterThan(0);
});

test('another worker takes over all networks', () => {
  expect(runsOf('worker killed, a change of every network is in its status')).toHaveLength(1);
});

test('has all figures that the arithmetic of the scaling page asks for', () => {
  const machine = { cores: 1, processor: '', memoryGiB: 1, kernel: '', commit: '', versions: {} };
  const report = { at: '', machine, scenario: scenarioReport('fleet', '', 1, all) };
  expect(costsOf(new Map([['fleet', report]]))).toMatchObject({ networks: NETWORKS, nodes: 3 });
  expect(runsOf('size of etcd')?.[0]).toBeGreaterThan(0);
});
