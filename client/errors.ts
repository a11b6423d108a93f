/** The errors that the library throws. They are told apart by `code`, never by their text. */

/**
 * What kind of failure it was:
 * - `FAILED`: it was tried and did not work;
 * - `NOT_FOUND`: the network, its namespace or the resource type does not exist;
 * - `TIMED_OUT`: the time that the caller allowed is over; what was asked for may still happen;
 * - `UNREACHABLE`: the cluster, the Temporal server or a worker does not answer;
 * - `REFUSED`: the input, or the right to do it, was refused; nothing was changed.
 */
export type ErrorCode = 'FAILED' | 'NOT_FOUND' | 'TIMED_OUT' | 'UNREACHABLE' | 'REFUSED';

/** An error whose message is one line that names the object or field, and what to do about it. */
export class BtcnetError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'BtcnetError';
    this.code = code;
  }
}

/** Whether an error is a `BtcnetError` with one of these codes. */
export function hasCode(error: unknown, ...codes: ErrorCode[]): error is BtcnetError {
  return error instanceof BtcnetError && codes.includes(error.code);
}
