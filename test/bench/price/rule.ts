/** What a network at rest and the installation itself cost by the product's own timers, without measuring. Pure. */
import { HELD_HEARTBEAT_MS, LOCAL_LOOK_MAX_NODES } from '../../../workflows/activities.ts';
import { restMs } from '../../../workflows/plan.ts';
import { DEFAULT_RESYNC } from '../../../worker/config.ts';
import { heartbeats } from './actions.ts';

export const DAY_MS = 24 * 3_600_000;

/** Events and billable actions. */
export interface Price {
  events: number;
  actions: number;
}

/** The timer is started and fires, the task of the workflow is scheduled, started and completed, and a marker holds what was seen. */
const LOCAL_LOOK: Price = { events: 6, actions: 2 };
/** Instead of the marker: the look is scheduled, started and completed, and its result is one more task. */
const ORDINARY_LOOK: Price = { events: 11, actions: 2 };

/** Pauses over which the spread of the timers is averaged, from the one on after which they grow no more. */
const SAMPLE = 1_000;
const AT_REST = 64;

/** A day of a network that nobody touches and that has no block yet. */
export function priceAtRest(nodes: number): Price {
  const pauses = Array.from({ length: SAMPLE }, (_, index) => restMs(AT_REST + index, DEFAULT_RESYNC, 'network'));
  const looks = DAY_MS / (pauses.reduce((sum, pause) => sum + pause, 0) / SAMPLE);
  const { events, actions } = nodes <= LOCAL_LOOK_MAX_NODES ? LOCAL_LOOK : ORDINARY_LOOK;
  return { events: looks * events, actions: looks * actions };
}

/** Activities that are held all the time, whether there are networks or not: the watches of the cluster, and one node watch. */
const HELD = 2;

/** A day's actions of an installation without a single network: signs of life. */
export const actionsOfInstallation = (): number => HELD * heartbeats(DAY_MS, HELD_HEARTBEAT_MS);
