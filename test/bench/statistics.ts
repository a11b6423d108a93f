/** Median, extremes, growth. Pure. */
import type { Figure } from './scenario.ts';

export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** @throws RangeError without a single value */
export function spreadOf(values: readonly number[]): Spread {
  return { median: percentile(values, 0.5), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * The value below which this share of the values lies, interpolated between the two nearest.
 *
 * @param share from 0 to 1
 * @throws RangeError without a single value
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (low === undefined || high === undefined) throw new RangeError('There is no value.');
  return low + (high - low) * (place - Math.floor(place));
}

/**
 * How a quantity grows: the exponent k of y = c·x^k, the slope of the line of least squares through the logarithms.
 *
 * @throws RangeError with fewer than two points
 */
export function growthExponent(points: readonly { x: number; y: number }[]): number {
  if (points.length < 2) throw new RangeError('Growth needs two points.');
  const logs = points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }));
  const mean = (of: (point: { x: number; y: number }) => number): number =>
    logs.reduce((sum, point) => sum + of(point), 0) / logs.length;
  const [meanX, meanY] = [mean(({ x }) => x), mean(({ y }) => y)];
  const covariance = logs.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  const variance = logs.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  return covariance / variance;
}

/** What is compared with the target, and whether it is met; null: the figure has no target. */
export function verdictOf({ runs, floor, baseline, target }: Figure): { compared: number; met: boolean } | null {
  if (target === undefined) return null;
  const { median } = spreadOf(runs);
  const compared =
    target.of === 'above'
      ? median - spreadOf(floor ?? []).median
      : target.of === 'times'
        ? spreadOf(baseline ?? []).median / median
        : median;
  const met = compared <= (target.atMost ?? Infinity) && compared >= (target.atLeast ?? -Infinity);
  return { compared, met };
}
