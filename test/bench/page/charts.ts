/** What the charts of the scaling page show, and of which figures. */
import type { TopLevelSpec } from 'vega-lite';
import { fleetChart } from './fleet-chart.ts';
import { lifecycleChart } from './lifecycle-chart.ts';
import { peeringChart } from './peering-chart.ts';
import type { Reports } from './reports.ts';

interface Chart {
  /** The scenario that it is made of, and part of the file's name. */
  scenario: string;
  /** For those who cannot see it. */
  alt: string;
  specOf: (reports: Reports) => TopLevelSpec;
}

export const CHARTS: readonly Chart[] = [
  {
    scenario: 'peering',
    alt: 'Time and requests until a new network is connected, against its number of nodes, both axes logarithmic: btcnet, the way of the original, and the targets',
    specOf: peeringChart,
  },
  {
    scenario: 'lifecycle',
    alt: 'Seconds for each change of a network: what Kubernetes itself takes, and what btcnet adds',
    specOf: lifecycleChart,
  },
  {
    scenario: 'fleet',
    alt: 'Processor time and memory of the worker, the Temporal server and the API server against the number of settled networks',
    specOf: fleetChart,
  },
];

/** Path in `docs/`. */
export const chartPath = (scenario: string): string => `images/scaling-${scenario}.svg`;
