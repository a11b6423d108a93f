/** What the control plane takes for networks at rest. */
import type { TopLevelSpec } from 'vega-lite';
import { FLEET_NODES, FLEET_PARTS, fleetSizes, REST, restFigure, type FleetPart } from './fleet-figures.ts';
import { PageError } from './page-error.ts';
import type { Reports } from './reports.ts';

const COLORS = ['#0072b2', '#d55e00', '#009e73'];
const SHAPES = ['circle', 'square', 'triangle-up'];

export function fleetChart(reports: Reports): TopLevelSpec {
  const sizes = fleetSizes(reports);
  if (sizes.length === 0) throw new PageError('fleet.json has no figures of networks at rest');
  const domain = Object.values(FLEET_PARTS);
  const legend = { title: null, orient: 'bottom', direction: 'horizontal' } as const;
  const panel = (title: string, unit: string, of: 'processor' | 'memory') => ({
    title,
    width: 300,
    height: 240,
    data: {
      values: sizes.flatMap((networks) =>
        (Object.keys(FLEET_PARTS) as FleetPart[]).map((part) => ({
          networks,
          part: FLEET_PARTS[part],
          value: restFigure(reports, networks, REST[of](part)).median,
        })),
      ),
    },
    mark: { type: 'line', point: { filled: true, size: 55 }, strokeWidth: 2 } as const,
    encoding: {
      x: {
        field: 'networks',
        type: 'quantitative',
        title: `networks of ${FLEET_NODES} nodes, at rest`,
        axis: { format: ',d' },
      },
      y: { field: 'value', type: 'quantitative', title: unit, axis: { format: ',~r' } },
      color: { field: 'part', type: 'nominal', legend, scale: { domain, range: COLORS } },
      shape: { field: 'part', type: 'nominal', legend, scale: { domain, range: SHAPES } },
    } as const,
  });
  return {
    hconcat: [panel('Processor', '% of a core', 'processor'), panel('Memory', 'MB', 'memory')],
    bounds: 'flush',
    spacing: 80,
  };
}
