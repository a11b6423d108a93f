import { expect, test } from '@jest/globals';
import {
  ApiError,
  failureOf,
  faultCode,
  isAlreadyExists,
  isConflict,
  isExpired,
  isKindUnknown,
  isNotFound,
  statusBody,
  StepError,
} from '../../../activities/kubernetes/errors.ts';
import type { StatusBody } from '../../../activities/kubernetes/errors.ts';
import { applicationFailure } from '../../../activities/failures.ts';

const subject = { verb: 'create', kind: 'Service', namespace: 'default', name: 'my-network-svc' };
const refusal = (status: number, body: StatusBody | null, about = subject): ApiError =>
  new ApiError(about, { status, body });

test.each([
  ['rights that are missing', refusal(403, { reason: 'Forbidden', details: { kind: 'services' } }), 'Forbidden', true],
  [
    'a quota or a policy, which has read the object',
    refusal(403, { reason: 'Forbidden', message: 'exceeded quota', details: { name: 'my-network-svc' } }),
    'AdmissionDenied',
    true,
  ],
  [
    'a namespace on its way out',
    refusal(403, { reason: 'Forbidden', details: { causes: [{ reason: 'NamespaceTerminating' }], name: 'x' } }),
    'NamespaceTerminating',
    true,
  ],
  ['a kind that is not installed', refusal(404, null), 'CrdMissing', true],
  ['an object that is not there', refusal(404, { reason: 'NotFound' }), 'NotFound', true],
  ['a name that is taken', refusal(409, { reason: 'AlreadyExists' }), 'AlreadyExists', false],
  ['a write in between', refusal(409, { reason: 'Conflict' }), 'Conflict', false],
  ['nonsense', refusal(422, { reason: 'Invalid', message: 'spec.x: wrong' }), 'Invalid', true],
  ['too many requests', refusal(429, null), 'TooManyRequests', false],
  ['a fault of the server', refusal(503, null), 'ApiServerError', false],
  ['no credentials', refusal(401, { reason: 'Unauthorized' }), 'Unauthenticated', false],
  ['no answer', new ApiError(subject, { status: null, fault: 'ECONNREFUSED' }), 'ApiUnreachable', false],
  ['no answer in time', new ApiError(subject, { status: null, fault: 'TIMEOUT' }), 'ApiTimedOut', false],
  ['a mistake of our own', new TypeError('x is undefined'), 'InternalError', false],
])('%s has its own reason', (_what, error, reason, permanent) => {
  expect(failureOf(error)).toMatchObject({ reason, permanent });
  expect(applicationFailure(error)).toMatchObject({ type: reason, nonRetryable: permanent });
});

test('a message names verb, kind, namespace and name, and what to do', () => {
  expect(failureOf(refusal(403, { reason: 'Forbidden', details: { kind: 'services' } })).message).toBe(
    'Could not create Service default/my-network-svc: 403 Forbidden. Give the worker the rights of deploy/rbac.yaml.',
  );
});

test('a refusal of a Secret is not quoted, because it may quote the Secret', () => {
  const error = refusal(422, { reason: 'Invalid', message: 'data: hunter2' }, { ...subject, kind: 'Secret' });
  expect(failureOf(error).message).not.toContain('hunter2');
});

test('what a step found wrong keeps its reason', () => {
  const error = new StepError({ reason: 'SecretMissing', message: 'There is none.' });
  expect(failureOf(error)).toEqual({ reason: 'SecretMissing', message: 'There is none.', permanent: true });
});

test('answers of one status are told apart by their reason', () => {
  expect(isAlreadyExists(refusal(409, { reason: 'Conflict' }))).toBe(false);
  expect(isConflict(refusal(409, { reason: 'Conflict' }))).toBe(true);
  expect(isNotFound(refusal(404, null))).toBe(false);
  expect(isKindUnknown(refusal(404, null))).toBe(true);
  expect(isExpired(refusal(410, { reason: 'Expired' }))).toBe(true);
});

test.each(['404 page not found\n', '<html>', '"text"', 'null', '{"kind":"Other"}'])('%j is no Status', (text) => {
  expect(statusBody(text)).toBeNull();
});

test('the code of a network fault is found in the chain of causes', () => {
  const cause = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  expect(faultCode(new TypeError('fetch failed', { cause }))).toBe('ECONNREFUSED');
});
