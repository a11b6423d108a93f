/** Whom to ask again after orders, so that all connections are confirmed by as few requests as that takes. Pure. */
import { confirmedLinks } from './edges.ts';
import type { Edge, Edges } from './edges.ts';
import type { Decision } from './peering.ts';

/** Milliseconds after a connection is made within which its other end may not show it yet. */
const SHOWN_WITHIN_MS = 50;

/**
 * Nodes that still have orders; both ends of a connection that is missing; and of one that a single end shows the other end,
 * unless that one was asked clearly later and should have shown it: then who shows it may not have noticed its end yet.
 *
 * @param askedAt milliseconds since any fixed time
 */
export function askAgain(
  { orders, unsettled }: Decision,
  { pairs }: Edges,
  askedAt: ReadonlyMap<number, number>,
): Set<number> {
  const again = new Set(orders.keys());
  for (const pair of pairs) {
    if (!unsettled.has(pair.low) && !unsettled.has(pair.high)) continue;
    for (const ordinal of doubtful(pair, askedAt)) again.add(ordinal);
  }
  return again;
}

function doubtful(pair: Edge, askedAt: ReadonlyMap<number, number>): number[] {
  const { low, high, dialler, atLow, atHigh } = pair;
  if (atLow === null || atHigh === null) return [];
  const confirmed = confirmedLinks(pair).length;
  const [halfAtLow, halfAtHigh] = [atLow.length > confirmed, atHigh.length > confirmed];
  if (halfAtLow === halfAtHigh) return halfAtLow || (dialler !== null && confirmed === 0) ? [low, high] : [];
  const [shows, other] = halfAtLow ? [low, high] : [high, low];
  const isLate = (askedAt.get(other) ?? 0) - (askedAt.get(shows) ?? 0) > SHOWN_WITHIN_MS;
  return [isLate ? shows : other];
}
