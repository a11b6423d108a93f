/** The worker's settings, read from the environment and the command line once, here and nowhere else. */
import { parseArgs } from 'node:util';
import { TRANSPORTS, type Transport } from '../activities/kubernetes/transports.ts';
import { DEFAULT_TASK_QUEUE } from '../workflows/names.ts';
import { DEFAULT_TIP_MAX_AGE_MS, type ResyncSettings } from '../workflows/plan.ts';
import { IMPLEMENTATIONS, type Implementation } from '../workflows/spec.ts';

/**
 * Milliseconds between looks at a network that nothing wakes: from one second, doubling, to ten minutes; an hour when it is settled and
 * watches tell what changes.
 */
export const DEFAULT_RESYNC = {
  minMs: 1_000,
  maxMs: 600_000,
  restMaxMs: 3_600_000,
} as const satisfies ResyncSettings;

/** Activities at once. Each unsettled network waits in one, at the price of a timer. */
export const MAX_ACTIVITIES = 500;

/**
 * Workflows that are kept in memory. Those at work, of which a burst of new networks brings some hundred, are spared a replay at every step;
 * one at rest is looked at once an hour and may as well be replayed. Measured with 400 networks at rest: 375 MB with 60 of them kept and 439 MB with all,
 * 0.2 MB for each; 7.2 % and 6.5 % of a core.
 */
export const MAX_CACHED_WORKFLOWS = 200;

/** Milliseconds after which a stop ends what has not ended itself: before Kubernetes does (`terminationGracePeriodSeconds` in deploy/worker.yaml). */
export const SHUTDOWN_FORCE_MS = 20_000;

/** Most node watches: each holds a watch on all networks and pods of the cluster. */
const NODE_WATCHES_MAX = 100;

/** TCP ports. */
const PORT_MAX = 65_535;

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export interface WorkerConfig {
  taskQueue: string;
  /** Path of a kubeconfig; undefined: `KUBECONFIG`, `~/.kube/config`, or the account of the pod. */
  kubeconfig: string | undefined;
  implementation: Implementation;
  /** Image of nodes whose spec names none; undefined: the implementation's default. */
  image: string | undefined;
  resync: ResyncSettings;
  /** Milliseconds after which a block is mined on a network whose newest is older; null: never. */
  tipMaxAgeMs: number | null;
  /** Namespaces whose networks are run; empty: all. */
  namespaces: string[];
  /** Without the cluster's watches only timers find out what changed in Kubernetes. */
  watch: boolean;
  /** How the nodes are asked. */
  rpcTransport: Transport;
  /** Workflows among which the networks are divided, to be asked for their nodes' state. */
  nodeWatches: number;
  /** Path of a prebuilt workflow bundle; undefined: it is built at the start. */
  workflowBundle: string | undefined;
  /** TCP port on which it tells how it is; null: nowhere, because several workers may run on one machine. */
  healthPort: number | null;
  logLevel: (typeof LOG_LEVELS)[number];
}

/** A setting that makes no sense; the message names it and says what would. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws ConfigError naming the variable or the option */
export function readConfig(environment: Environment, args: readonly string[]): WorkerConfig {
  const given = (name: string): string | undefined => nonEmpty(environment[name]?.trim());
  const watch = oneOf('BTCNET_WATCH', given('BTCNET_WATCH'), ['on', 'off'] as const, 'on') === 'on';
  return {
    taskQueue: given('BTCNET_TASK_QUEUE') ?? DEFAULT_TASK_QUEUE,
    kubeconfig: kubeconfigOption(args),
    implementation: oneOf(
      'BTCNET_DEFAULT_IMPLEMENTATION',
      given('BTCNET_DEFAULT_IMPLEMENTATION'),
      IMPLEMENTATIONS,
      'bitcoin-core',
    ),
    image: given('BTCNET_DEFAULT_IMAGE'),
    resync: resyncOf(
      given('BTCNET_RESYNC_MIN'),
      given('BTCNET_RESYNC_MAX'),
      watch ? given('BTCNET_RESYNC_REST') : null,
    ),
    tipMaxAgeMs: tipMaxAge(given('BTCNET_TIP_MAX_AGE')),
    namespaces: (given('BTCNET_WATCH_NAMESPACES') ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
    watch,
    rpcTransport: oneOf('BTCNET_RPC_TRANSPORT', given('BTCNET_RPC_TRANSPORT'), TRANSPORTS, 'auto'),
    nodeWatches: countOf('BTCNET_NODE_WATCHES', given('BTCNET_NODE_WATCHES'), NODE_WATCHES_MAX) ?? 1,
    workflowBundle: given('BTCNET_WORKFLOW_BUNDLE'),
    healthPort: countOf('BTCNET_HEALTH_PORT', given('BTCNET_HEALTH_PORT'), PORT_MAX),
    logLevel: oneOf('BTCNET_LOG_LEVEL', given('BTCNET_LOG_LEVEL'), LOG_LEVELS, 'info'),
  };
}

/** A variable that is set to nothing counts as not set. */
const nonEmpty = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

function kubeconfigOption(args: readonly string[]): string | undefined {
  try {
    return parseArgs({ args: [...args], options: { kubeconfig: { type: 'string' } } }).values.kubeconfig;
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : 'bad option'} (known: --kubeconfig FILE)`);
  }
}

function oneOf<T extends string>(name: string, value: string | undefined, known: readonly T[], fallback: T): T {
  if (value === undefined) return fallback;
  const found = known.find((one) => one === value);
  if (found === undefined) throw new ConfigError(`${name} must be one of ${known.join(', ')}, not "${value}"`);
  return found;
}

function countOf(name: string, text: string | undefined, max: number): number | null {
  if (text === undefined) return null;
  const count = /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= max) return count;
  throw new ConfigError(`${name} must be a whole number from 1 to ${max}, not "${text}"`);
}

/** @param rest null: nobody watches */
function resyncOf(min: string | undefined, max: string | undefined, rest: string | undefined | null): ResyncSettings {
  const minMs = durationMs('BTCNET_RESYNC_MIN', min) ?? DEFAULT_RESYNC.minMs;
  const maxMs = durationMs('BTCNET_RESYNC_MAX', max) ?? Math.max(minMs, DEFAULT_RESYNC.maxMs);
  if (maxMs < minMs) throw new ConfigError('BTCNET_RESYNC_MAX must not be shorter than BTCNET_RESYNC_MIN');
  if (rest === null) return { minMs, maxMs };
  // Whoever says how long a pause is at most means that of a settled network as well.
  const restMaxMs = max === undefined ? Math.max(maxMs, DEFAULT_RESYNC.restMaxMs) : maxMs;
  const givenMs = durationMs('BTCNET_RESYNC_REST', rest);
  if (givenMs !== null && givenMs < minMs)
    throw new ConfigError('BTCNET_RESYNC_REST must not be shorter than BTCNET_RESYNC_MIN');
  return { minMs, maxMs, restMaxMs: givenMs ?? restMaxMs };
}

/** A duration, or `off`. */
function tipMaxAge(text: string | undefined): number | null {
  return text === 'off' ? null : (durationMs('BTCNET_TIP_MAX_AGE', text) ?? DEFAULT_TIP_MAX_AGE_MS);
}

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** `500ms`, `5s`, `10m`, `1h`; a bare number counts seconds. */
function durationMs(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  const milliseconds = match ? Number(match[1]) * UNIT_MS[(match[2] ?? 's') as keyof typeof UNIT_MS] : 0;
  if (!(milliseconds > 0)) throw new ConfigError(`${name} must be a duration such as 5s, 10m or 1h, not "${text}"`);
  return milliseconds;
}
