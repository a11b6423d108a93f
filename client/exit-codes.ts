/** Exit codes of the command line: declared here, explained in docs/cli.md. */
import { BtcnetError, type ErrorCode } from './errors.ts';

export const EXIT = {
  /** It is done. */
  ok: 0,
  /** It was tried and failed. */
  failed: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** There is no such network, namespace, Secret or resource type. */
  notFound: 3,
  /** The time allowed is over; what was asked for may still happen. */
  timedOut: 4,
  /** The cluster, the Temporal server or a worker does not answer. */
  unreachable: 5,
  /** The input, or the right to do it, was refused. */
  refused: 6,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_ERROR: Record<ErrorCode, ExitCode> = {
  FAILED: EXIT.failed,
  NOT_FOUND: EXIT.notFound,
  TIMED_OUT: EXIT.timedOut,
  UNREACHABLE: EXIT.unreachable,
  REFUSED: EXIT.refused,
};

/** The exit code that an error of the library stands for; 1 for any other. */
export const exitCodeOf = (error: unknown): ExitCode =>
  error instanceof BtcnetError ? BY_ERROR[error.code] : EXIT.failed;
