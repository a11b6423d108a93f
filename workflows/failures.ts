/** What a failed activity means, told by its type and never by its text. */
import { ActivityFailure, ApplicationFailure, rootCause, TimeoutFailure } from '@temporalio/workflow';
import type { Failure } from './observation.ts';

const causeOf = (error: unknown): unknown => (error instanceof ActivityFailure ? error.cause : error);

export function failureOf(error: unknown): Failure {
  const cause = causeOf(error);
  if (cause instanceof ApplicationFailure) return { reason: cause.type ?? 'Failed', message: cause.message };
  if (cause instanceof TimeoutFailure) {
    const { cause: last } = cause;
    if (last instanceof ApplicationFailure) return { reason: last.type ?? 'TimedOut', message: last.message };
    return { reason: 'TimedOut', message: 'It did not finish in time; it is tried again.' };
  }
  return { reason: 'Failed', message: rootCause(error) ?? 'It failed without saying why.' };
}

/** Trying again would fail again: somebody has to mend something first. */
export function isPermanent(error: unknown): boolean {
  const cause = causeOf(error);
  return cause instanceof ApplicationFailure && cause.nonRetryable === true;
}
