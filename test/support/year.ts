/** What happens to a network in the course of a year: drawn from a seed, so that a year can be lived again. Pure. */
import type { Activities } from '../../workflows/activities.ts';

const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

export type Happening =
  /** Somebody asks for a number of nodes, by a signal or by an Update. */
  | { what: 'scale' | 'setNodes' | 'setNodesAndWait'; nodes: number }
  /** Somebody changes the resource, and the watch sees it. */
  | { what: 'declare'; nodes: number }
  /** A pod is replaced; unseen: no watch tells of it. */
  | { what: 'replacePod'; ordinal: number; seen: boolean }
  | { what: 'deleteChild'; child: 'service' | 'credentials' | 'statefulSet' }
  | { what: 'outdate' }
  | { what: 'mine'; blocks: number }
  | { what: 'nonsense'; nodes: number }
  /** An activity fails from now on; for good: trying again is of no use until it is mended. */
  | { what: 'break'; activity: keyof Activities; forGood: boolean }
  | { what: 'mend'; activity: keyof Activities }
  /** A node does not take the credentials. */
  | { what: 'refuse' | 'accept'; ordinal: number }
  | { what: 'pause' | 'unpause' };

/** Milliseconds since the year began. */
export type Dated = Happening & { atMs: number };

const MAX_NODES = 8;

/** Milliseconds that a failure or a refusal lasts at most. */
const TROUBLE_MAX_MS = 10 * MINUTE_MS;

/** Milliseconds that a network is paused at most: the newest block must not get a day old. */
const PAUSE_MAX_MS = 8 * HOUR_MS;

/** A wish that may not be written for good is refused, which is another story. */
const FAILING_FOR_GOOD = ['observe', 'ensureService', 'ensureStatefulSet', 'syncPeers', 'updateStatus'] as const;
const FAILING_FOR_NOW = [...FAILING_FOR_GOOD, 'ensureCredentials', 'scaleNetwork', 'refreshTip', 'rollNode'] as const;

/** @param perDay how much happens, on average */
export function yearOf(seed: number, days: number, perDay: number): Dated[] {
  const draw = randomFrom(seed);
  const year: Dated[] = [];
  for (let atMs = 0; ;) {
    // Every fifth happens at the same moment as the one before.
    if (draw() >= 0.2) atMs += Math.round((-Math.log(1 - draw()) * DAY_MS) / (0.8 * perDay));
    if (atMs > (days - 1) * DAY_MS) break;
    year.push(...happening(draw, atMs));
  }
  return year.sort((one, other) => one.atMs - other.atMs);
}

function happening(draw: () => number, atMs: number): Dated[] {
  const upTo = (count: number): number => Math.floor(draw() * count);
  const nodes = 1 + upTo(MAX_NODES);
  const ordinal = upTo(MAX_NODES);
  const later = (mostMs: number): number => atMs + MINUTE_MS + Math.round(draw() * (mostMs - MINUTE_MS));
  switch (upTo(12)) {
    case 0:
      return [{ atMs, what: 'scale', nodes }];
    case 1:
      return [{ atMs, what: 'setNodes', nodes }];
    case 2:
      return [{ atMs, what: 'setNodesAndWait', nodes }];
    case 3:
      return [{ atMs, what: 'declare', nodes }];
    case 4:
      return [{ atMs, what: 'replacePod', ordinal, seen: draw() < 0.7 }];
    case 5:
      return [
        {
          atMs,
          what: 'deleteChild',
          child: (['service', 'credentials', 'statefulSet'] as const)[upTo(3)] ?? 'service',
        },
      ];
    case 6:
      return [{ atMs, what: 'outdate' }];
    case 7:
      return [{ atMs, what: 'mine', blocks: 1 + upTo(20) }];
    case 8:
      return [{ atMs, what: 'nonsense', nodes: -1 - upTo(1_000) }];
    case 9: {
      const forGood = draw() < 0.5;
      const names = forGood ? FAILING_FOR_GOOD : FAILING_FOR_NOW;
      const activity = names[upTo(names.length)] ?? 'observe';
      const seen = { atMs, what: 'replacePod', ordinal, seen: true } as const;
      return [
        { atMs, what: 'break', activity, forGood },
        seen,
        { atMs: later(TROUBLE_MAX_MS), what: 'mend', activity },
      ];
    }
    case 10:
      return [
        { atMs, what: 'refuse', ordinal },
        { atMs: later(TROUBLE_MAX_MS), what: 'accept', ordinal },
      ];
    default:
      return [
        { atMs, what: 'pause' },
        { atMs: later(PAUSE_MAX_MS), what: 'unpause' },
      ];
  }
}

/** Numbers from 0 to 1, the same ones for the same seed: a linear congruential generator of 48 bits. */
function randomFrom(seed: number): () => number {
  let state = (BigInt(seed) ^ 0x5deece66dn) & 0xffffffffffffn;
  return () => {
    state = (state * 0x5deece66dn + 0xbn) & 0xffffffffffffn;
    return Number(state >> 16n) / 2 ** 32;
  };
}
