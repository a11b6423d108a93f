/** Reports with made-up figures, shaped like those of the scenarios: for tests of the page, never for the page. */
import { scenarioReport } from '../report.ts';
import type { Figure } from '../scenario.ts';
import { PEERING_FIGURES, PEERING_LATENCIES } from '../peering/figures.ts';
import type { Report } from './reports.ts';

export function exampleReport(name: string, figures: readonly Figure[]): Report {
  return {
    at: '2026-01-02T03:04:05.678Z',
    machine: {
      cores: 2,
      processor: 'Example CPU',
      memoryGiB: 8,
      kernel: '6.1.0',
      commit: 'abc1234',
      versions: { node: '24.0.0', kubernetes: '1.37.0' },
    },
    scenario: scenarioReport(name, 'made up', 61, figures),
  };
}

export function examplePeering(sizes: readonly number[] = [10, 100, 200, 1_000, 5_000]): Report {
  const figures: Figure[] = [];
  for (const latencyMs of PEERING_LATENCIES) {
    for (const nodes of sizes) {
      const add = (name: keyof typeof PEERING_FIGURES, unit: string, run: number, more: Partial<Figure> = {}): void => {
        figures.push({ name: PEERING_FIGURES[name](nodes, latencyMs), unit, runs: [run], ...more });
      };
      const seconds = nodes * 0.0016 + latencyMs / 250;
      const isJudged = nodes >= 200 && latencyMs === 0;
      add('seconds', 's', seconds, isJudged ? { target: { of: 'value', atMost: nodes / 400 } } : {});
      add('requests', 'requests', nodes * 2.4, isJudged ? { target: { of: 'value', atMost: nodes * 2 } } : {});
      add('calls', 'calls', nodes * 8);
      add('edges', 'edges', nodes * 6 - 9);
      add('memory', 'MB', 200 + nodes / 20, { target: { of: 'value', atMost: 600 } });
      if (nodes <= 200) {
        add('oneByOneSeconds', 's', seconds, { baseline: [nodes * nodes * (0.0007 + latencyMs / 1000)] });
        add('oneByOneRequests', 'requests', nodes * nodes);
      }
      for (const change of ['replaced', 'more', 'fewer'] as const) {
        add(`${change}Edges`, '%', 10);
        add(`${change}Requests`, 'requests', nodes / 2);
      }
    }
    const name = `growth of the time from 100 nodes on, ${latencyMs} ms`;
    figures.push({ name, unit: '(exponent)', runs: [1.0456], target: { of: 'value', atMost: 1.1 } });
  }
  return exampleReport('peering', figures);
}

export const exampleLifecycle = (): Report =>
  exampleReport('lifecycle', [
    {
      name: 'create 3: until all are peered',
      unit: 's',
      runs: [3.1, 3.3, 3.2],
      floor: [2.9, 2.8],
      target: { of: 'above', atMost: 0.5 },
    },
    {
      name: 'scale 3 to 5: until all are peered',
      unit: 's',
      runs: [3.9],
      floor: [3.0],
      target: { of: 'above', atMost: 0.5 },
    },
    {
      name: '1 of 5 lost: until all are peered',
      unit: 's',
      runs: [2.1],
      floor: [2.2],
      target: { of: 'above', atMost: 0.5 },
    },
  ]);

export const examplePrice = (): Report =>
  exampleReport('price', [
    { name: 'at rest, 3 nodes: history of a network, by rule', unit: 'events/day', runs: [864] },
    { name: 'at rest, 3 nodes: a network, by rule, month', unit: 'actions/month', runs: [8_640] },
    { name: 'installation with 1,000 networks of 3 nodes at rest, by rule', unit: 'actions/month', runs: [9_000_000] },
  ]);

/** 1,000 networks take 50 % of a core of the worker more than none, 90 MB more, and 864 events each. */
export function exampleFleet(): Report {
  const figures = [1, 100, 1_000].flatMap((networks) => {
    const rest = (name: string, unit: string, run: number, floor?: number): Figure => ({
      name: `${networks} networks: at rest for ${60 + networks} s, ${name}`,
      ...{ unit, runs: [run], ...(floor === undefined ? {} : { floor: [floor] }) },
    });
    return [
      { name: `${networks} networks: applied at once, all peered`, unit: 's', runs: [networks / 5] },
      { name: `${networks} networks: a change until it is acted on, p99`, unit: 's', runs: [0.4], floor: [0.1] },
      { name: `${networks} networks: at rest by rule, history of a network`, unit: 'events/day', runs: [864] },
      rest('history of a network', 'events/day', 864),
      rest('history of a network, size', 'KB/day', 128),
      ...['worker', 'temporal', 'kube-apiserver'].flatMap((part) => [
        rest(`processor, ${part}`, '% of a core', 2 + networks / 20, 2),
        rest(`memory, ${part}`, 'MB', 200 + networks * 0.09, 200),
      ]),
      rest('size of etcd', 'MB', 2 + networks * 0.1, 2),
      rest('API server, GET', 'requests/min', 30 + networks * 0.1, 30),
      rest('API server, LIST', 'requests/min', 10 + networks * 0.02, 10),
    ];
  });
  return exampleReport('fleet', figures);
}
