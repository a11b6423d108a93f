/** Failures as Temporal carries them: the reason is the type, and what only people can mend is not tried again. */
import { ApplicationFailure } from '@temporalio/common';
import { shortened } from '../workflows/diary.ts';
import { MESSAGE_MAX_LENGTH, type Failure } from '../workflows/observation.ts';
import { RpcFault } from './bitcoin/rpc-fault.ts';
import { failureOf } from './kubernetes/errors.ts';

/** A node's refusals for which asking again is of no use. */
const PERMANENT_FAULTS: ReadonlySet<string> = new Set([
  'Unauthorized',
  'NotAllowed',
  'Untrusted',
  'Unsupported',
  'Forbidden',
]);

/** Wraps whatever a step threw. An `ApplicationFailure` stays what it is. */
export function applicationFailure(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const { reason, message, permanent } = judged(error);
  return ApplicationFailure.create({
    type: reason,
    message: shortened(message, MESSAGE_MAX_LENGTH),
    nonRetryable: permanent,
    // Its message and its stack would go into the history whole.
    ...(error instanceof Error && error.message.length <= MESSAGE_MAX_LENGTH ? { cause: error } : {}),
  });
}

function judged(error: unknown): Failure & { permanent: boolean } {
  if (!(error instanceof RpcFault)) return failureOf(error);
  const { reason, message } = error;
  return { reason, message, permanent: PERMANENT_FAULTS.has(reason) };
}
