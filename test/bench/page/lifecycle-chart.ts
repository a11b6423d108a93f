/** What Kubernetes itself takes for a change, and what btcnet adds to it. */
import type { TopLevelSpec } from 'vega-lite';
import { PageError } from './page-error.ts';
import { aspectOf, reportOf, type Reports } from './reports.ts';

const PARTS = [
  { part: 'floor: Kubernetes itself', color: '#b3b3b3' },
  { part: 'above the floor: btcnet', color: '#0072b2' },
] as const;

export function lifecycleChart(reports: Reports): TopLevelSpec {
  // The whole of each change is what its target is about; its parts are in the table.
  const figures = reportOf(reports, 'lifecycle').scenario.figures.filter(({ target }) => target?.of === 'above');
  if (figures.length === 0) throw new PageError('lifecycle.json has no figure with a target above its floor');
  const changes = figures.map((figure) => {
    const above = aspectOf(figure, 'above');
    return {
      change: figure.name.replace(/: until .*$/, ''),
      values: [aspectOf(figure, 'floor') + Math.min(above, 0), Math.max(above, 0)],
      above,
    };
  });
  const bars = changes.flatMap(({ change, values }) =>
    PARTS.map(({ part }, order) => ({ change, part, order, seconds: values[order] ?? 0 })),
  );
  const sums = changes.map(({ change, values, above }) => ({
    change,
    end: values.reduce((sum, value) => sum + value, 0),
    label: `${above < 0 ? '−' : '+'} ${Math.abs(above).toPrecision(2)} s`,
  }));
  // Room for what is written behind the longest bar.
  const domainMax = 1.15 * Math.max(...sums.map(({ end }) => end));
  const order = changes.map(({ change }) => change);
  const y = { field: 'change', type: 'nominal', title: null, sort: order, axis: { labelLimit: 360 } } as const;
  return {
    width: 420,
    height: { step: 34 },
    layer: [
      {
        data: { values: bars },
        mark: { type: 'bar', height: { band: 0.6 } },
        encoding: {
          y,
          x: { field: 'seconds', type: 'quantitative', stack: 'zero', title: 'seconds (median)', scale: { domainMax } },
          order: { field: 'order', type: 'quantitative' },
          color: {
            field: 'part',
            type: 'nominal',
            legend: { title: null, orient: 'bottom', direction: 'horizontal' },
            scale: { domain: PARTS.map(({ part }) => part), range: PARTS.map(({ color }) => color) },
          },
        },
      },
      {
        data: { values: sums },
        mark: { type: 'text', align: 'left', dx: 5, fontSize: 11 },
        encoding: { y, x: { field: 'end', type: 'quantitative' }, text: { field: 'label', type: 'nominal' } },
      },
    ],
  };
}
