/**
 * What a look at the nodes of a network means beyond its height: whether its workflow is to look, and who is asked when.
 * Pure: no imports but from the model; time is an argument.
 */
import { connectedAndSynced } from './conditions.ts';
import type { BitcoinNetwork, Condition } from './facts.ts';
import type { PeersReport } from './observation.ts';
import { fractionOf } from './plan.ts';
import type { Implementation } from './spec.ts';

/** Milliseconds between two looks at a network, for each started hundred of its nodes, and at most. */
const INTERVAL_MS = 10_000;
const NODES_PER_INTERVAL = 100;
const INTERVAL_MAX_MS = 60_000;

/** Milliseconds between a look that shows something amiss and the one that shows whether it has passed by itself; and in large networks. */
export const SECOND_LOOK_MS = 1_000;
const SECOND_LOOK_LARGE_MS = 3_000;

export const secondLookMs = (nodes: number): number =>
  nodes <= NODES_PER_INTERVAL ? SECOND_LOOK_MS : SECOND_LOOK_LARGE_MS;

/**
 * Milliseconds for which what a node showed stands for a new look. Less than between the two looks that come before a wake: so the
 * look of whoever is woken is newer than the first of them, and sees what was there from then on.
 */
export const lookStandsMs = (nodes: number): number => 0.9 * secondLookMs(nodes);

/**
 * Milliseconds for which something must have been amiss. A connection is made or cut within a second; a node that gets a long
 * chain, or two tips, may take until the next regular look.
 */
const PATIENCE_MS = {
  silence: 900,
  connections: 900,
  strangers: 900,
  fork: 9_000,
  behind: 9_000,
  mended: 9_000,
} as const satisfies Record<string, number>;

/** What can be amiss; `mended`: nothing is, other than the status says. */
type Trouble = keyof typeof PATIENCE_MS;

/** Milliseconds between wakes of a network on which something is amiss again and again: from, to; and after which it is forgotten. */
const WAKE_PAUSE_MS = 10_000;
const WAKE_PAUSE_MAX_MS = 300_000;
const CALM_MS = 600_000;

/** Reasons of `Peered` that say nothing of the connections that there should be by now. */
const BESIDE_CONNECTIONS = new Set(['WaitingForNodes', 'NodesNotAsked', 'StrayConnections']);

export interface NodeLook {
  network: BitcoinNetwork;
  report: PeersReport;
  /** Heights of all nodes, summed up: it grows while any of them catches up. */
  blocks: number;
  /** Milliseconds since any fixed time. */
  nowMs: number;
}

/** What is remembered of a network between two looks. */
export interface LookMemory {
  /** What is amiss: since when, and by what it is known to be the same still. */
  suspicions: readonly { trouble: Trouble; mark: string; sinceMs: number }[];
  /** What the workflow was told last; empty: nothing that still stands. */
  told: string;
  /** How often it was told in a row, and when last. */
  wakes: number;
  wokenAtMs: number;
}

export const NOTHING_SEEN: LookMemory = { suspicions: [], told: '', wakes: 0, wokenAtMs: 0 };

export interface LookVerdict {
  /** The workflow is to look, for this reason; null: it is not. */
  wake: string | null;
  /** Something is amiss that was not at the look before: only a second look shows whether it passes by itself. */
  lookAgain: boolean;
  memory: LookMemory;
}

/**
 * Wakes for what lasts and what the status does not say yet, once for each trouble, and less and less often where troubles
 * keep changing: every wake adds to the history of the workflow, which has its own timers for what it knows.
 */
export function judgeLook(look: NodeLook, memory: LookMemory): LookVerdict {
  const { nowMs } = look;
  const signs = signsOf(look);
  const suspicions = signs.map(({ trouble, mark }) => {
    const before = memory.suspicions.find((one) => one.trouble === trouble && one.mark === mark);
    return { trouble, mark, sinceMs: before?.sinceMs ?? nowMs };
  });
  const lasting = signs.filter((sign, at) => nowMs - (suspicions[at]?.sinceMs ?? nowMs) >= PATIENCE_MS[sign.trouble]);
  const told = lasting.map((sign) => sign.why).join('; ');
  const wakes = nowMs - memory.wokenAtMs >= CALM_MS ? 0 : memory.wakes;
  const lookAgain = suspicions.some(({ sinceMs }) => sinceMs === nowMs);
  if (told === '' || told === memory.told || nowMs - memory.wokenAtMs < wakePauseMs(wakes)) {
    // What has gone away and comes back is new.
    return { wake: null, lookAgain, memory: { ...memory, suspicions, told: signs.length === 0 ? '' : memory.told } };
  }
  return { wake: told, lookAgain, memory: { suspicions, told, wakes: wakes + 1, wokenAtMs: nowMs } };
}

const wakePauseMs = (wakes: number): number =>
  wakes === 0 ? 0 : Math.min(WAKE_PAUSE_MAX_MS, WAKE_PAUSE_MS * 2 ** Math.min(wakes - 1, 30));

interface Sign {
  trouble: Trouble;
  /** As long as it is the same, so is the trouble. */
  mark: string;
  /** For people; another text is another trouble. */
  why: string;
}

/** What is amiss and not in the status. Nothing while the workflow has not come to the present spec: it is at work. */
function signsOf({ network, report, blocks }: NodeLook): Sign[] {
  const { metadata, spec, status } = network;
  const conditions = new Map((status?.conditions ?? []).map((one) => [one.type, one]));
  if (status?.observedGeneration !== metadata.generation || conditions.size === 0) return [];
  const { members, faults, expectedEdges, actualEdges, strayEdges } = report;
  const signs: Sign[] = [];
  const see = (trouble: Trouble, why: string, mark = members): void => {
    if (!isInStatus(trouble, conditions, report)) signs.push({ trouble, mark, why });
  };
  if (faults.length > 0) {
    const samples = faults.map(({ ordinal, reason }) => `node ${ordinal} ${reason}`).join(', ');
    see('silence', `${report.wanted - report.answered} of ${report.wanted} nodes do not answer: ${samples}`);
  }
  if (actualEdges < expectedEdges) see('connections', `${actualEdges} of ${expectedEdges} connections are there`);
  if (strayEdges > 0) see('strangers', `${strayEdges} connections to strangers`);
  const progress = `${members}/${report.tip ?? ''}/${blocks}`;
  if (report.forked) see('fork', 'two tips of one height', progress);
  else if (report.atTip < report.answered) see('behind', 'nodes stay behind', progress);
  if (signs.length === 0 && report.wanted === spec.nodes && connectedAndSynced(report) && isUneasy(conditions)) {
    see('mended', 'nodes are in order again');
  }
  return signs;
}

type Conditions = ReadonlyMap<Condition['type'], Condition>;

/** Everything is ready, and yet something is said to be amiss among the nodes. */
const isUneasy = (conditions: Conditions): boolean =>
  conditions.get('Ready')?.status === 'True' &&
  (conditions.get('Peered')?.status !== 'True' || conditions.get('Synced')?.status !== 'True');

function isInStatus(trouble: Trouble, conditions: Conditions, { faults }: PeersReport): boolean {
  const reasonOf = (type: Condition['type']): string | null => {
    const condition = conditions.get(type);
    return condition === undefined || condition.status === 'True' ? null : condition.reason;
  };
  const [peered, synced] = [reasonOf('Peered'), reasonOf('Synced')];
  switch (trouble) {
    case 'silence':
      return peered === faults[0]?.reason;
    case 'connections':
      return peered !== null && !BESIDE_CONNECTIONS.has(peered);
    case 'strangers':
      return peered === 'StrayConnections';
    case 'fork':
      return synced === 'Fork';
    case 'behind':
      return synced === 'CatchingUp';
    case 'mended':
      return false;
  }
}

/**
 * What one node watch spends on networks that are busy and on the others: requests a second to nodes of Bitcoin Core, each some 0.6 ms of processor
 * time with all that it brings about, where the connection has to be made anew. To btcd that is a TLS handshake, at every request.
 */
const REQUESTS_PER_SECOND = { busy: 30, calm: 40 } as const;
const REQUEST_PRICES: Readonly<Record<Implementation, number>> = { 'bitcoin-core': 1, btcd: 4 };

const HOUR_MS = 3_600_000;

/** Milliseconds between two regular looks, however many networks there are. */
const STRETCHED_MAX_MS = 300_000;

/** Milliseconds for which a network counts as busy after it was seen to change. */
export const BUSY_MS = 300_000;

/** What looking at networks costs when each is looked at as often as it should be: requests to Bitcoin Core an hour, which are whole. */
export interface LookLoad {
  /** Of networks that were just seen to change, and of the others. */
  busy: number;
  calm: number;
}

export const loadOf = (nodes: number, implementation: Implementation): number =>
  (nodes * REQUEST_PRICES[implementation] * HOUR_MS) / lookIntervalMs(nodes);

/**
 * Milliseconds between two regular looks at a network, so that all together cost no more than a node watch spends. In whole steps: each
 * network has its place in the interval, and would lose it whenever the interval changed a little.
 */
export function stretchedIntervalMs(nodes: number, isBusy: boolean, load: LookLoad): number {
  const kind = isBusy ? 'busy' : 'calm';
  const stretch = load[kind] / ((REQUESTS_PER_SECOND[kind] * HOUR_MS) / 1_000);
  const intervalMs = lookIntervalMs(nodes);
  if (stretch <= 1) return intervalMs;
  return Math.min(STRETCHED_MAX_MS, Math.ceil((intervalMs * stretch) / INTERVAL_MS) * INTERVAL_MS);
}

/** Regular looks in a row that are left out while the workflow of a large network is at work: it asks the nodes itself. */
export const MOST_LEFT_OUT = 2;

/**
 * Whether the workflow of a large network connects its nodes just now, or has pods before it that its status does not count yet: to
 * ask all nodes beside it would slow it down, and tell nothing new.
 *
 * @param readyNodes declared nodes that can be asked
 */
export const isAtWork = ({ spec, status }: BitcoinNetwork, readyNodes: number): boolean =>
  spec.nodes > NODES_PER_INTERVAL &&
  (status?.readyNodes !== readyNodes ||
    (status.conditions ?? []).some(({ type, reason }) => type === 'Peered' && reason === 'Connecting'));

/** Whether the workflow has not come to rest: something is not as it should be, or not seen yet. */
export const isUnsettled = ({ metadata, status }: BitcoinNetwork): boolean =>
  status?.observedGeneration !== metadata.generation ||
  (status.conditions ?? []).some((condition) => condition.status !== 'True');

/** Milliseconds between two regular looks at a network of so many nodes, where there are few networks. */
export const lookIntervalMs = (nodes: number): number =>
  Math.min(INTERVAL_MAX_MS, INTERVAL_MS * Math.max(1, Math.ceil(nodes / NODES_PER_INTERVAL)));

/** Milliseconds until the next regular look: each network has a fixed place in the interval, so that they are spread over it. */
export function untilLookMs(nowMs: number, intervalMs: number, network: string): number {
  const place = Math.floor(fractionOf(`${network}/place`) * intervalMs);
  const since = (((nowMs - place) % intervalMs) + intervalMs) % intervalMs;
  return intervalMs - since;
}

/** The node watch that a network belongs to, of so many. @param network `<namespace>/<name>` */
export const shardOf = (network: string, shards: number): number => Math.floor(fractionOf(`${network}/shard`) * shards);
