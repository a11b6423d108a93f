/** What an error of the Temporal client means to a user, told by class, gRPC status and failure type. */
import {
  isGrpcServiceError,
  QueryRejectedError,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure, NamespaceNotFoundError } from '@temporalio/common';
import { BtcnetError, type ErrorCode } from '../errors.ts';
import { printed, type NetworkId } from '../network-id.ts';
import { noWorkflow } from './no-workflow.ts';

/** What was being waited for: a query's answer, the acceptance of an Update, or its result. */
export type Waiting = 'QUERY' | 'ACCEPT' | 'RESULT';

/** gRPC status codes that are looked at (grpc/grpc, doc/statuscodes.md). */
const GRPC = {
  CANCELLED: 1,
  DEADLINE_EXCEEDED: 4,
  PERMISSION_DENIED: 7,
  FAILED_PRECONDITION: 9,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/** Types of application failures that say what kind of failure it was; any other is `FAILED`. */
const FAILURE_CODES: Partial<Record<string, ErrorCode>> = {
  InvalidInput: 'REFUSED',
  InvalidNodes: 'REFUSED',
  InvalidMineRequest: 'REFUSED',
  Invalid: 'REFUSED',
  Forbidden: 'REFUSED',
  NotFound: 'NOT_FOUND',
  // The server's own type: the workflow ended before it had answered.
  AcceptedUpdateCompletedWorkflow: 'NOT_FOUND',
};

export function workflowError(error: unknown, network: NetworkId, waiting: Waiting): BtcnetError {
  if (error instanceof BtcnetError) return error;
  const name = printed(network);
  if (error instanceof WorkflowNotFoundError || error instanceof QueryRejectedError) {
    return noWorkflow(network, error);
  }
  if (error instanceof NamespaceNotFoundError) {
    return new BtcnetError('UNREACHABLE', `the Temporal server has no namespace ${error.namespace}`, error);
  }
  if (error instanceof WorkflowUpdateFailedError) return updateFailed(error, name);
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return late(waiting, name, error);
  return serverError(error, waiting, name);
}

function updateFailed(error: WorkflowUpdateFailedError, name: string): BtcnetError {
  const { cause } = error;
  const type = cause instanceof ApplicationFailure ? (cause.type ?? '') : '';
  return new BtcnetError(FAILURE_CODES[type] ?? 'FAILED', `network ${name}: ${cause?.message ?? error.message}`, error);
}

function serverError(error: unknown, waiting: Waiting, name: string): BtcnetError {
  const status = grpcStatus(error);
  if (!status) return new BtcnetError('FAILED', `network ${name}: ${(error as Error).message}`, error);
  switch (status.code) {
    case GRPC.CANCELLED:
    case GRPC.DEADLINE_EXCEEDED:
      return late(waiting, name, error);
    case GRPC.FAILED_PRECONDITION:
      return new BtcnetError('UNREACHABLE', `no worker answers for network ${name}: is one running?`, error);
    case GRPC.UNAVAILABLE:
      return new BtcnetError('UNREACHABLE', `the Temporal server does not answer (${status.details})`, error);
    case GRPC.PERMISSION_DENIED:
    case GRPC.UNAUTHENTICATED:
      return new BtcnetError('REFUSED', `the Temporal server refuses access (${status.details})`, error);
    default:
      return new BtcnetError('FAILED', `network ${name}: ${status.details}`, error);
  }
}

function grpcStatus(error: unknown): { code: number; details: string } | null {
  const status = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(status) ? status : null;
}

/** A worker that never took the work is away; one that took it is only slow. */
function late(waiting: Waiting, name: string, error: unknown): BtcnetError {
  if (waiting === 'RESULT') {
    return new BtcnetError(
      'TIMED_OUT',
      `network ${name} did not get there in time; it goes on by itself: see btcnet describe ${name}`,
      error,
    );
  }
  return new BtcnetError('UNREACHABLE', `no worker answers for network ${name}: is one running?`, error);
}
