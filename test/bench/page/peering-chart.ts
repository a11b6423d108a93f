/** Time and requests of peering against the number of nodes. */
import type { TopLevelSpec } from 'vega-lite';
import { findFigure, sizesOf, type Reports } from './reports.ts';
import { PEERING_FIGURES, PEERING_SIZES, PEERING_LATENCIES } from '../peering/figures.ts';

interface Point {
  nodes: number;
  value: number;
  series: string;
}

const TARGET = 'target (at most)';
const BTCNET = '#0072b2';
const ONE_BY_ONE = '#d55e00';

/** Whole numbers in groups of three, fractions as they are. */
const LABEL = "format(datum.value, datum.value < 1 ? '~g' : ',d')";

/** Color and line of each way at each latency, so that they can be told apart without colors. */
const LOOKS = [
  { series: 'btcnet, nodes answer at once', color: BTCNET, dash: [1, 0] },
  { series: 'btcnet, after 20 ms', color: BTCNET, dash: [5, 3] },
  { series: 'one by one, nodes answer at once', color: ONE_BY_ONE, dash: [1, 0] },
  { series: 'one by one, after 20 ms', color: ONE_BY_ONE, dash: [5, 3] },
  { series: TARGET, color: '#666666', dash: [2, 2] },
] as const;

export function peeringChart(reports: Reports): TopLevelSpec {
  const seconds = pointsOf(reports, 'seconds', 'oneByOneSeconds');
  const requests = pointsOf(reports, 'requests', 'oneByOneRequests');
  const shown = new Set([...seconds, ...requests].map(({ series }) => series));
  const looks = LOOKS.filter(({ series }) => shown.has(series));
  const domain = looks.map(({ series }) => series);
  const legend = {
    title: null,
    orient: 'bottom',
    columns: 3,
    symbolType: 'stroke',
    symbolSize: 500,
    symbolStrokeWidth: 2,
  } as const;
  const ticks = sizesOf(reports, 'peering', PEERING_SIZES(0));
  const colors = looks.map(({ color }) => color);
  const dashes = looks.map(({ dash }) => [...dash]);
  const panel = (title: string, unit: string, values: Point[], powers = decades(values)) => ({
    title,
    width: 330,
    height: 300,
    data: { values },
    mark: { type: 'line', point: { filled: true, size: 45 }, strokeWidth: 2 } as const,
    encoding: {
      x: {
        field: 'nodes',
        type: 'quantitative',
        title: 'nodes of the network',
        scale: { type: 'log', nice: false, padding: 12 },
        axis: { values: ticks, format: ',d', labelOverlap: true },
      },
      y: {
        field: 'value',
        type: 'quantitative',
        title: unit,
        scale: { type: 'log', domainMin: Math.min(...powers), domainMax: Math.max(...powers) },
        axis: { labelExpr: LABEL, values: powers },
      },
      color: { field: 'series', type: 'nominal', legend, scale: { domain, range: colors } },
      strokeDash: { field: 'series', type: 'nominal', legend, scale: { domain, range: dashes } },
    } as const,
  });
  return {
    hconcat: [
      panel('Until all connections are confirmed', 'seconds', seconds),
      panel('What it takes', 'HTTP requests to nodes', requests),
    ],
    spacing: 30,
  };
}

/** The powers of ten between which all of them lie. */
function decades(points: readonly Point[]): number[] {
  const logs = points.map(({ value }) => Math.log10(value));
  const from = Math.floor(Math.min(...logs));
  const to = Math.max(from + 1, Math.ceil(Math.max(...logs)));
  return Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index));
}

function pointsOf(reports: Reports, own: 'seconds' | 'requests', oneByOne: keyof typeof PEERING_FIGURES): Point[] {
  const points: Point[] = [];
  const add = (nodes: number, value: number | undefined, series: string | undefined): void => {
    // Nothing has a place on a logarithmic scale where it is zero.
    if (value !== undefined && value > 0 && series !== undefined) points.push({ nodes, value, series });
  };
  for (const [index, latencyMs] of PEERING_LATENCIES.entries()) {
    for (const nodes of sizesOf(reports, 'peering', PEERING_SIZES(latencyMs))) {
      const figure = findFigure(reports, 'peering', PEERING_FIGURES[own](nodes, latencyMs));
      add(nodes, figure?.median, LOOKS[index]?.series);
      add(nodes, figure?.target?.atMost, TARGET);
      const other = findFigure(reports, 'peering', PEERING_FIGURES[oneByOne](nodes, latencyMs));
      const value = other?.baseline?.[0] ?? other?.median;
      add(nodes, value, LOOKS[index + PEERING_LATENCIES.length]?.series);
    }
  }
  return points;
}
