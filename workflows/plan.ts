/** What is due, and when to look again: a pure function of the facts, the last look and the time. No imports but from the model. */
import {
  childObstacle,
  connectedAndSynced,
  obstacle,
  outdatedPods,
  peered,
  ready,
  synced,
  updatedNodes,
  wantedPods,
} from './conditions.ts';
import type { BitcoinNetwork, ChildState, NetworkFacts } from './facts.ts';
import { CHILD_STEPS, type Failures, type PeersReport, type Step } from './observation.ts';
import { nodeToRoll } from './rolling.ts';
import { desiredStatus, sameStatus, statusWaitMs } from './status.ts';

/** Milliseconds between looks while nothing wakes a network. */
export interface ResyncSettings {
  minMs: number;
  maxMs: number;
  /** Where watches tell what changes: milliseconds between looks at a network that is settled; left out: nobody watches. */
  restMaxMs?: number;
}

/** Longest pause while something is wrong whose cure neither a watch shows nor what is waited for. */
const UNSETTLED_MAX_MS = 60_000;

/**
 * Milliseconds that the newest block may be old. Nodes take a network without a block for 24 hours for one that they are not
 * connected to: btcd then gives its chain to nobody, and a new node stays at 0.
 */
export const DEFAULT_TIP_MAX_AGE_MS = 12 * 3_600_000;

/**
 * Looks in a row that find the same, some 30 seconds, after which nodes that are behind are connected anew, and pods are waited for
 * by the watch alone.
 */
const PATIENT_LOOKS = 5;

/** Milliseconds over which looks at networks whose newest blocks are of one age are spread. */
const TIP_SPREAD_MS = 600_000;

/** Steps that whoever waits tries again. */
const TRIED_WHILE_WAITING: ReadonlySet<string> = new Set(CHILD_STEPS);

/** Share of a pause by which networks are spread, so that a thousand of them do not wake together. */
const JITTER = 0.2;

export interface Plan {
  due: Step[][];
  settled: boolean;
  waitFor: 'podReadiness' | 'peering' | null;
  /** The failures that still stand in the way: those of steps that are still due. */
  failures: Failures;
  /** Milliseconds after which a status that is not written now can be; 0: there is none. */
  statusWaitMs: number;
}

export interface PlanSettings {
  /** Milliseconds after which the newest block counts as old; null: never. */
  tipMaxAgeMs?: number | null;
  /** How many looks in a row found the same. */
  quietPasses?: number;
  /** Milliseconds since the status was last written; null: not known. */
  statusAgeMs?: number | null;
}

/** @param now ISO 8601 */
export function plan(facts: NetworkFacts, now: string, settings: PlanSettings = {}): Plan {
  const { network } = facts;
  if (network === null || network.metadata.deletionTimestamp !== undefined || network.spec.paused === true) {
    return { due: [], settled: network?.spec.paused === true, waitFor: null, failures: {}, statusWaitMs: 0 };
  }
  const care = chainCare({ ...facts, network }, now, settings);
  // A node that is replaced gets the chain only from others whose newest block is young.
  const roll = nodeToRoll(facts) !== null && !care.flat().includes('refreshTip') ? [['rollNode' as const]] : [];
  const work: Step[][] = [...childrenAndPeers({ ...facts, network }), ...care, ...roll];
  const blocked = facts.credentialsProblem === null ? {} : { ensureCredentials: facts.credentialsProblem };
  const current = { ...facts, network, failures: { ...stillDue(facts.failures, work), ...blocked } };
  const [previous, next] = [network.status ?? {}, desiredStatus(current, now)];
  const stale = !sameStatus(next, previous);
  const reports = work.length > 0 || stale;
  const waitMs = reports ? statusWaitMs(previous, next, settings.statusAgeMs ?? null) : 0;
  const due = reports && waitMs === 0 ? [...work, ['updateStatus' as const]] : work;
  const good = [ready(current), peered(current), synced(current)].every((verdict) => verdict.status === 'True');
  const updated = outdatedPods(facts.pods, network.spec.nodes).length === 0;
  return {
    due,
    settled: due.length === 0 && !stale && good && updated,
    waitFor: whatToWaitFor(current, settings),
    failures: { ...stillDue(facts.failures, due), ...blocked },
    statusWaitMs: waitMs,
  };
}

function childrenAndPeers(facts: NetworkFacts & { network: BitcoinNetwork }): Step[][] {
  const { network, replicas, peers } = facts;
  const children: Step[] = [];
  // A pod that finds no Secret is tried again by the kubelet after a while.
  const waits = facts.credentials === 'missing' && facts.statefulSet === 'missing' && facts.credentialsProblem === null;
  if (isDue(facts.credentials) && facts.credentialsProblem === null) children.push('ensureCredentials');
  if (isDue(facts.service)) children.push('ensureService');
  const peering: Step[] = peers !== null && needsPeering(peers) ? ['syncPeers'] : [];
  const shrinking = replicas !== null && replicas > network.spec.nodes;
  const statefulSetDue = isDue(facts.statefulSet) || (facts.statefulSet === 'ours' && replicas !== network.spec.nodes);
  if (statefulSetDue && !shrinking && !waits) children.push('ensureStatefulSet');
  // Leaving nodes are forgotten by the others before they go, so that no address of theirs is dialled once it is somebody else's.
  const last: Step[] = statefulSetDue && (shrinking || waits) ? ['ensureStatefulSet'] : [];
  return [children, peering, last].filter((stage) => stage.length > 0);
}

/** What the chain needs for nodes to go on giving it to each other. */
function chainCare(
  { network, peers, tipMinedAt }: NetworkFacts & { network: BitcoinNetwork },
  now: string,
  { tipMaxAgeMs = DEFAULT_TIP_MAX_AGE_MS, quietPasses = 0 }: PlanSettings,
): Step[][] {
  if (peers?.height == null) return [];
  if (tipIsOldInMs({ network, peers, tipMinedAt }, now, tipMaxAgeMs) <= 0) return [['refreshTip']];
  const behind = peers.answered - peers.atTip;
  const connected = !needsPeering(peers) && peers.answered === peers.wanted;
  return connected && behind > 0 && !peers.forked && quietPasses >= PATIENT_LOOKS ? [['reconnectLaggards']] : [];
}

/** Milliseconds until the newest block is too old, below zero when it is; `Infinity`: it does not matter. */
export function tipIsOldInMs(
  { network, peers, tipMinedAt }: Pick<NetworkFacts, 'network' | 'peers' | 'tipMinedAt'>,
  now: string,
  tipMaxAgeMs: number | null,
): number {
  // The genesis block is as old as it is: a chain begins when somebody mines.
  const matters = (peers?.height ?? 0) > 0 && network?.spec.refreshTip !== false;
  if (!matters || tipMinedAt === null || tipMaxAgeMs === null) return Infinity;
  return Date.parse(tipMinedAt) + tipMaxAgeMs - Date.parse(now);
}

function stillDue(failures: Failures, work: readonly Step[][]): Failures {
  const due = new Set<string>(work.flat());
  return Object.fromEntries(Object.entries(failures).filter(([step]) => due.has(step)));
}

const isDue = (state: ChildState): boolean => state === 'missing' || state === 'drifted';

const needsPeering = (peers: PeersReport): boolean => peers.openEdges > 0 || peers.strayEdges > 0;

function whatToWaitFor(facts: NetworkFacts, { quietPasses = 0 }: PlanSettings = {}): Plan['waitFor'] {
  const { network, peers, pods } = facts;
  const nodes = network?.spec.nodes ?? 0;
  if (childObstacle(facts) !== null) return 'podReadiness';
  if (wantedPods(pods, nodes).length < nodes) return quietPasses < PATIENT_LOOKS ? 'podReadiness' : null;
  return peers !== null && !connectedAndSynced(peers) ? 'peering' : null;
}

/**
 * The pause before the next look: doubling from the minimum while nothing changes, and never longer than a minute while
 * something is wrong that only the next look can show to be mended.
 *
 * @param quietPasses how many looks in a row found the same
 * @param seed anything that differs between networks
 */
export function pauseMs(facts: NetworkFacts, quietPasses: number, resync: ResyncSettings, seed: string): number {
  const { failures, peers } = facts;
  const faulty = (peers?.faults.length ?? 0) > 0 && whatToWaitFor(facts) !== 'peering';
  const unseen = faulty || Object.keys(failures).some((step) => !TRIED_WHILE_WAITING.has(step));
  const most = unseen ? Math.min(resync.maxMs, UNSETTLED_MAX_MS) : resync.maxMs;
  return backoffMs(quietPasses, { minMs: resync.minMs, maxMs: Math.max(resync.minMs, most) }, seed);
}

/** Looks in a row up to which a network counts as just settled: the one that found it so is the first or the second that finds the same. */
const JUST_SETTLED = 1;

/** Least share of the longest pause that a network rests which has just settled. */
const FIRST_REST = 0.1;

/**
 * The pause of a network that is settled. Where watches tell what changes there is nothing to be gained by looking soon, and each change
 * would cost ten looks more; the first pause is spread over the whole interval, so that networks that settled together do not look
 * together ever after.
 *
 * @param quietPasses how many looks in a row found the same
 * @param seed anything that differs between networks
 * @param tipInMs milliseconds until the newest block is too old, and a look is wanted; `Infinity`: never
 */
export function restMs(quietPasses: number, resync: ResyncSettings, seed: string, tipInMs = Infinity): number {
  const tipMs = Math.max(resync.minMs, tipInMs + TIP_SPREAD_MS * fractionOf(`${seed}/tip`));
  return Math.round(Math.min(tipMs, undisturbedRestMs(quietPasses, resync, seed)));
}

function undisturbedRestMs(quietPasses: number, resync: ResyncSettings, seed: string): number {
  const { minMs, restMaxMs } = resync;
  if (restMaxMs === undefined) return backoffMs(quietPasses, resync, seed);
  if (quietPasses > JUST_SETTLED) return backoffMs(quietPasses, { minMs: restMaxMs, maxMs: restMaxMs }, seed);
  const share = FIRST_REST + (1 - FIRST_REST) * fractionOf(`${seed}/rest`);
  return Math.max(minMs, restMaxMs * share);
}

/** Doubles from the minimum to the maximum, spread by up to 20 %. */
export function backoffMs(attempt: number, { minMs, maxMs }: ResyncSettings, seed: string): number {
  const doubled = Math.min(maxMs, minMs * 2 ** Math.min(attempt, 30));
  return Math.round(doubled * (1 - JITTER * fractionOf(`${seed}/${attempt}`)));
}

/** A fixed pseudo-random number from 0 to 1 for a text: FNV-1a of 32 bits. */
export function fractionOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}

/** One line for people: what was seen and what is done about it. */
export function summaryOf(facts: NetworkFacts, due: readonly Step[][]): string {
  const { network, peers } = facts;
  if (network === null) return 'There is no such network.';
  if (network.metadata.deletionTimestamp !== undefined) return 'The network is being deleted.';
  if (network.spec.paused === true) return 'Paused: hands off.';
  const nodes = network.spec.nodes;
  const parts = [`${wantedPods(facts.pods, nodes).length}/${nodes} ready`];
  if (peers) parts.push(`${peers.actualEdges}/${peers.expectedEdges} connections`, `height ${peers.height ?? '?'}`);
  const updated = updatedNodes(facts.pods, nodes);
  if (outdatedPods(facts.pods, nodes).length > 0) parts.push(`rolling: ${updated}/${nodes} updated`);
  const hindrance = obstacle(facts);
  if (hindrance) parts.push(hindrance.reason);
  parts.push(due.length > 0 ? `due: ${due.flat().join(', ')}` : 'nothing due');
  return parts.join(' · ');
}
