/** What the worker says of itself, in the words of Kubernetes' own `/readyz?verbose`. Pure. */
import type { State } from '@temporalio/worker';

/** Milliseconds after which what a check has found is no news any more: it should have been made six times since. */
export const STALE_MS = 30_000;

/** What a check has found. */
export interface Finding {
  /** Reason of what is wrong, UpperCamelCase; null: nothing is. */
  wrong: string | null;
  /** When, in ms since 1970. */
  atMs: number;
}

export interface Health {
  /** null: it is being started. */
  worker: WorkerState | null;
  /** It was told to stop. */
  stopping: boolean;
  /** By name, in the order in which they are told; null: not made yet. */
  checks: Readonly<Record<string, Finding | null>>;
}

/** What of `WorkerStatus` is looked at. */
export interface WorkerState {
  runState: State;
  workflowPollerState: 'POLLING' | 'SHUTDOWN' | 'FAILED';
  activityPollerState: 'POLLING' | 'SHUTDOWN' | 'FAILED';
}

export interface Answer {
  status: 200 | 503;
  text: string;
}

/** Whether it can do its work: it polls, and reaches what it needs. */
export function readiness(health: Health, nowMs: number): Answer {
  return answer('readyz', problems(health, nowMs));
}

/** Whether it should be left running. That somebody else cannot be reached is no reason to start it anew. */
export function liveness({ worker }: Pick<Health, 'worker'>): Answer {
  return answer('livez', [['worker', hasFailed(worker) ? 'Failed' : null]]);
}

/** Every check with the reason of what is wrong, null where nothing is. */
export function problems({ worker, stopping, checks }: Health, nowMs: number): [name: string, wrong: string | null][] {
  return [
    ['worker', workerProblem(worker, stopping)],
    ...Object.entries(checks).map(([name, finding]): [string, string | null] => [name, checkProblem(finding, nowMs)]),
  ];
}

function workerProblem(worker: WorkerState | null, stopping: boolean): string | null {
  if (hasFailed(worker)) return 'Failed';
  if (stopping) return 'Stopping';
  if (worker === null || worker.runState === 'INITIALIZED') return 'Starting';
  if (worker.runState !== 'RUNNING') return 'Stopping';
  return [worker.workflowPollerState, worker.activityPollerState].every((state) => state === 'POLLING')
    ? null
    : 'NotPolling';
}

function checkProblem(finding: Finding | null, nowMs: number): string | null {
  return finding === null || nowMs - finding.atMs > STALE_MS ? 'NotChecked' : finding.wrong;
}

const hasFailed = (worker: WorkerState | null): boolean => worker?.runState === 'FAILED';

function answer(endpoint: string, found: readonly [name: string, wrong: string | null][]): Answer {
  const isWell = found.every(([, wrong]) => wrong === null);
  const lines = found.map(([name, wrong]) => (wrong === null ? `[+]${name} ok` : `[-]${name} failed: ${wrong}`));
  return {
    status: isWell ? 200 : 503,
    text: [...lines, `${endpoint} check ${isWell ? 'passed' : 'failed'}`, ''].join('\n'),
  };
}
