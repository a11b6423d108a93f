/** Failures as Temporal carries them: the reason is the type, and what only people can mend is not tried again. */
import { ApplicationFailure } from '@temporalio/common';
import { RpcFault } from './bitcoin/rpc-fault.ts';
import { failureOf } from './kubernetes/errors.ts';

/** Wraps whatever a step threw. An `ApplicationFailure` stays what it is. */
export function applicationFailure(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const { reason, message, permanent } =
    error instanceof RpcFault
      ? { reason: error.reason, message: `${error.message}.`, permanent: false }
      : failureOf(error);
  return ApplicationFailure.create({
    type: reason,
    message,
    nonRetryable: permanent,
    ...(error instanceof Error ? { cause: error } : {}),
  });
}
