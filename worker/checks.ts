/** Finds out now and then whether what the worker needs can be reached, so that nobody who asks for it ever waits. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NativeConnection } from '@temporalio/worker';
import type { Logger } from 'pino';
import { clusterIdentity } from '../activities/kubernetes/cluster-identity.ts';
import type { Cluster } from '../activities/kubernetes/cluster.ts';
import { failureOf } from '../activities/kubernetes/errors.ts';
import type { Failure } from '../workflows/observation.ts';
import type { Finding } from './health.ts';

/** Milliseconds between two checks of the same thing. */
const PAUSE_MS = 5_000;

/** Milliseconds after which something that does not answer counts as away. */
const TIMEOUT_MS = 3_000;

/** Milliseconds more for a check to say itself what it waited for. */
const LEFT_BEHIND_MS = 1_000;

/** Returns what is wrong; null: nothing is. It should end when the signal is aborted. */
export type Check = (signal: AbortSignal) => Promise<Failure | null>;

const LATE: Failure = { reason: 'TimedOut', message: 'No answer came in time.' };

export class Checks {
  readonly #checks: Readonly<Record<string, Check>>;
  readonly #log: Pick<Logger, 'info' | 'warn'>;
  readonly #times: { pauseMs: number; timeoutMs: number };
  readonly #found = new Map<string, Finding>();

  constructor(
    checks: Readonly<Record<string, Check>>,
    log: Pick<Logger, 'info' | 'warn'>,
    times = { pauseMs: PAUSE_MS, timeoutMs: TIMEOUT_MS },
  ) {
    this.#checks = checks;
    this.#log = log;
    this.#times = times;
  }

  /** Checks, now and again, until the signal is aborted. */
  run(until: AbortSignal): void {
    for (const [name, check] of Object.entries(this.#checks)) void this.#keepChecking(name, check, until);
  }

  /** What was found last, by name; null: nothing yet. */
  get findings(): Record<string, Finding | null> {
    return Object.fromEntries(Object.keys(this.#checks).map((name) => [name, this.#found.get(name) ?? null]));
  }

  async #keepChecking(name: string, check: Check, until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      this.#note(name, await this.#look(check), until);
      await sleep(this.#times.pauseMs, undefined, { signal: until, ref: false }).catch(() => undefined);
    }
  }

  /** A check that does not end when it is told to is left behind. */
  async #look(check: Check): Promise<Failure | null> {
    const over = new AbortController();
    const late = sleep(this.#times.timeoutMs + LEFT_BEHIND_MS, LATE, { signal: over.signal, ref: false });
    late.catch(() => undefined);
    try {
      return await Promise.race([check(AbortSignal.timeout(this.#times.timeoutMs)), late]);
    } catch (error) {
      const { reason, message } = failureOf(error);
      return { reason, message };
    } finally {
      over.abort();
    }
  }

  #note(name: string, failure: Failure | null, until: AbortSignal): void {
    if (until.aborted) return;
    const before = this.#found.get(name)?.wrong;
    const wrong = failure?.reason ?? null;
    this.#found.set(name, { wrong, atMs: Date.now() });
    if (failure !== null && wrong !== before) this.#log.warn({ check: name, ...failure }, 'Check fails');
    if (wrong === null && typeof before === 'string') this.#log.info({ check: name }, 'Check holds again');
  }
}

/**
 * Reads the namespace that stands for the cluster, as every activity that follows it does first.
 *
 * @param scopes namespaces that are followed, one of which stands for it where the system's must not be read
 */
export const kubernetesCheck =
  (cluster: Cluster, scopes: readonly string[]): Check =>
  async (signal) => {
    try {
      await clusterIdentity(cluster, { scopes, signal });
      return null;
    } catch (error) {
      if (signal.aborted) return LATE;
      const { reason, message } = failureOf(error);
      return { reason, message };
    }
  };

/** Codes of gRPC that say something about the way to the server or about the rights there. */
const GRPC_REASONS: Readonly<Record<number, string>> = {
  1: 'TimedOut',
  4: 'TimedOut',
  5: 'NamespaceNotFound',
  7: 'Forbidden',
  8: 'TooManyRequests',
  14: 'Unreachable',
  16: 'Unauthenticated',
};

const NO_CONNECTION: Failure = { reason: 'Unreachable', message: 'There is no connection yet.' };

/** Milliseconds between two looks whether the connection has been made. */
const CONNECTED_PAUSE_MS = 100;

/**
 * Asks for the Temporal namespace, which is there or nothing works.
 *
 * @param connection null: there is none yet
 */
export const temporalCheck =
  (connection: () => Pick<NativeConnection, 'withDeadline' | 'workflowService'> | null, namespace: string): Check =>
  async (signal) => {
    let server = connection();
    for (; server === null; server = connection()) {
      if (signal.aborted) return NO_CONNECTION;
      await sleep(CONNECTED_PAUSE_MS, undefined, { ref: false });
    }
    const there = server;
    try {
      await there.withDeadline(Date.now() + TIMEOUT_MS, () => there.workflowService.describeNamespace({ namespace }));
      return null;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? Number(error.code) : NaN;
      return { reason: GRPC_REASONS[code] ?? 'ServerError', message: failureOf(error).message };
    }
  };
