import { expect, test } from '@jest/globals';
import {
  QueryRejectedError,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import proto from '@temporalio/proto';
import { BtcnetError, type ErrorCode } from '../../client/errors.ts';
import { EXIT, exitCodeOf } from '../../client/exit-codes.ts';
import { ApiError } from '../../client/kubernetes/api-error.ts';
import { workflowError } from '../../client/temporal/workflow-error.ts';

test.each([
  ['FAILED', EXIT.failed],
  ['NOT_FOUND', EXIT.notFound],
  ['TIMED_OUT', EXIT.timedOut],
  ['UNREACHABLE', EXIT.unreachable],
  ['REFUSED', EXIT.refused],
] as [ErrorCode, number][])('an error of kind %s ends with exit code %d', (code, exit) => {
  expect(exitCodeOf(new BtcnetError(code, 'why'))).toBe(exit);
});

test('an error of any other kind is a failure', () => {
  expect(exitCodeOf(new TypeError('a bug'))).toBe(1);
  expect(exitCodeOf(undefined)).toBe(1);
});

const status = (details: object): string =>
  JSON.stringify({ kind: 'Status', message: 'what the server says', ...details });

test.each([
  [404, status({ reason: 'NotFound', details: { name: 'one' } }), 'NOT_FOUND', 'what the server says'],
  [404, '404 page not found\n', 'NOT_FOUND', 'install the resource definition first'],
  [401, status({}), 'REFUSED', 'log in again'],
  [403, status({}), 'REFUSED', 'what the server says'],
  [422, status({}), 'REFUSED', 'what the server says'],
  [500, 'no JSON', 'FAILED', 'answered 500'],
  [503, '', 'UNREACHABLE', 'answered 503'],
] as [number, string, ErrorCode, string][])('the API server answers %d %s', (code, body, kind, message) => {
  const error = new ApiError(code, body);
  expect(error.code).toBe(kind);
  expect(error.message).toContain(message);
});

test('a conflict of server-side apply names the owners of the fields', () => {
  const causes = [{ reason: 'FieldManagerConflict', message: 'conflict with "kubectl"', field: '.spec.image' }];
  expect(new ApiError(409, status({ details: { name: 'one', causes } })).conflicts).toEqual([
    '.spec.image: conflict with "kubectl"',
  ]);
});

const { temporal } = proto;
const id = { namespace: 'default', name: 'one' };
const grpc = (code: number): ServiceError =>
  new ServiceError('it failed', {
    cause: Object.assign(new Error('grpc'), { code, details: 'what gRPC says', metadata: {} }),
  });

test.each([
  ['no workflow', new WorkflowNotFoundError('', '', undefined), 'QUERY', 'NOT_FOUND'],
  [
    'a finished workflow',
    new QueryRejectedError(temporal.api.enums.v1.WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_COMPLETED),
    'QUERY',
    'NOT_FOUND',
  ],
  ['no worker for a query', grpc(4), 'QUERY', 'UNREACHABLE'],
  ['no worker for a long time', grpc(9), 'QUERY', 'UNREACHABLE'],
  ['no worker for an Update', new WorkflowUpdateRPCTimeoutOrCancelledError(''), 'ACCEPT', 'UNREACHABLE'],
  ['a slow Update', new WorkflowUpdateRPCTimeoutOrCancelledError(''), 'RESULT', 'TIMED_OUT'],
  ['a server that is away', grpc(14), 'ACCEPT', 'UNREACHABLE'],
  ['a missing right', grpc(7), 'ACCEPT', 'REFUSED'],
  ['anything else', grpc(13), 'ACCEPT', 'FAILED'],
] as [string, Error, 'QUERY' | 'ACCEPT' | 'RESULT', ErrorCode][])(
  'Temporal meets %s',
  (_case, error, waiting, code) => {
    expect(workflowError(error, id, waiting).code).toBe(code);
  },
);

test.each([
  ['InvalidNodes', 'REFUSED'],
  ['NotFound', 'NOT_FOUND'],
  ['Unauthorized', 'FAILED'],
] as [string, ErrorCode][])('an Update that fails with %s', (type, code) => {
  const failed = new WorkflowUpdateFailedError('', ApplicationFailure.nonRetryable('the cause', type));
  const error = workflowError(failed, id, 'RESULT');
  expect(error.code).toBe(code);
  expect(error.message).toBe('network default/one: the cause');
});
