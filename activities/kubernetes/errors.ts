/** What can go wrong with a call to the Kubernetes API, told apart by codes and reasons, never by text. */
import { shortened } from '../../workflows/diary.ts';
import type { Failure } from '../../workflows/observation.ts';

/** Characters of what the API server says: the words around it are part of a message of `MESSAGE_MAX_LENGTH`. */
const SAID_MAX_LENGTH = 600;

/** What a call is about, for messages. */
export interface Subject {
  /** `get`, `list`, `watch`, `create`, `patch`, `delete` */
  verb: string;
  /** Kind of the object, with its subresource if any: `StatefulSet`, `BitcoinNetwork/status` */
  kind: string;
  namespace?: string | undefined;
  name?: string | undefined;
}

/** The `Status` object that the API server answers with when it refuses. */
export interface StatusBody {
  reason?: string;
  message?: string;
  details?: { name?: string; kind?: string; causes?: { reason?: string; message?: string; field?: string }[] };
}

/** The API server refused a call, or could not be asked. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly subject: Subject;
  /** HTTP status; null: no answer came. */
  readonly status: number | null;
  /** Body of the refusal; null: none, or none that is a `Status`. */
  readonly body: StatusBody | null;
  /** Code of a network fault (`ECONNREFUSED`, `UND_ERR_SOCKET`, …) or `TIMEOUT`; null: an answer came. */
  readonly fault: string | null;

  constructor(
    subject: Subject,
    what: { status: number | null; body?: StatusBody | null; fault?: string | null },
    options?: ErrorOptions,
  ) {
    super(described(subject, what), options);
    this.subject = subject;
    this.status = what.status;
    this.body = what.body ?? null;
    this.fault = what.fault ?? null;
  }
}

/** A step found something that only people or time can mend; `permanent`: trying again at once is of no use. */
export class StepError extends Error {
  override readonly name = 'StepError';
  readonly failure: Failure;
  readonly permanent: boolean;

  constructor(failure: Failure, { permanent = true, cause }: { permanent?: boolean; cause?: unknown } = {}) {
    super(failure.message, cause === undefined ? undefined : { cause });
    this.failure = failure;
    this.permanent = permanent;
  }
}

const hasStatus = (error: unknown, status: number, reason?: string): boolean =>
  error instanceof ApiError && error.status === status && (reason === undefined || error.body?.reason === reason);

/** There is no such object; false when the whole kind of object is unknown. */
export const isNotFound = (error: unknown): boolean => hasStatus(error, 404, 'NotFound');
/** The API server does not know the kind of object: its answer is no `Status`. */
export const isKindUnknown = (error: unknown): boolean => hasStatus(error, 404) && !isNotFound(error);
export const isAlreadyExists = (error: unknown): boolean => hasStatus(error, 409, 'AlreadyExists');
export const isForbidden = (error: unknown): boolean => hasStatus(error, 403);
/** The object as it would become is not valid. */
export const isInvalid = (error: unknown): boolean => hasStatus(error, 422, 'Invalid');
/** A precondition (UID, resourceVersion) did not hold. */
export const isConflict = (error: unknown): boolean => hasStatus(error, 409, 'Conflict');
/** The list or the place in the stream of changes is too old. */
export const isExpired = (error: unknown): boolean => hasStatus(error, 410);

/** Why a step failed, for condition and event; anything unforeseen becomes `InternalError`. */
export function failureOf(error: unknown): Failure & { permanent: boolean } {
  if (error instanceof StepError) return { ...error.failure, permanent: error.permanent };
  if (!(error instanceof ApiError)) {
    return {
      reason: 'InternalError',
      message: error instanceof Error ? error.message : 'Unknown error',
      permanent: false,
    };
  }
  const { reason, cure, permanent } = judged(error);
  return { reason, message: cure ? `${error.message} ${cure}` : error.message, permanent };
}

interface Judgement {
  reason: string;
  /** What to do about it; empty: wait. */
  cure: string;
  permanent: boolean;
}

const lasting = (reason: string, cure: string): Judgement => ({ reason, cure, permanent: true });
const passing = (reason: string, cure = ''): Judgement => ({ reason, cure, permanent: false });

function judged(error: ApiError): Judgement {
  const { status } = error;
  if (status === null)
    return passing(error.fault === 'TIMEOUT' ? 'ApiTimedOut' : 'ApiUnreachable', 'It is tried again.');
  if (status === 401) return passing('Unauthenticated', "Check the credentials in the worker's kubeconfig.");
  if (status === 403) return forbidden(error);
  if (isKindUnknown(error)) return lasting('CrdMissing', 'Install it: kubectl apply -f deploy/crd.yaml');
  if (status === 404) return lasting('NotFound', '');
  if (isAlreadyExists(error)) return passing('AlreadyExists');
  if (status === 409 || status === 410) return passing('Conflict', 'It is tried again with what is there now.');
  if (status === 429) return passing('TooManyRequests', 'It is tried again.');
  if (status >= 500) return passing('ApiServerError', 'It is tried again.');
  return lasting('Invalid', 'Correct what the message names.');
}

/**
 * Three kinds of 403: a namespace on its way out says so in a cause; admission (a quota, a policy) has read the object and so
 * knows its name when one is created; missing rights are found before that, when no name is known.
 */
function forbidden({ body, subject }: ApiError): Judgement {
  if (body?.details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating') === true) {
    return lasting('NamespaceTerminating', '');
  }
  if (subject.verb === 'create' && body?.details?.name !== undefined && body.details.name !== '') {
    return lasting('AdmissionDenied', "Raise the namespace's quota or change the policy that refuses.");
  }
  return lasting('Forbidden', 'Give the worker the rights of deploy/rbac.yaml.');
}

function described(
  subject: Subject,
  what: { status: number | null; body?: StatusBody | null; fault?: string | null },
): string {
  const place = [subject.namespace, subject.name].filter((part) => part !== undefined && part !== '').join('/');
  const call = `Could not ${subject.verb} ${subject.kind}${place ? ` ${place}` : ''}`;
  if (what.status === null) return `${call}: the Kubernetes API did not answer (${what.fault ?? 'unknown fault'}).`;
  const reason = what.body?.reason ?? 'no details';
  // Refusals of a Secret may quote it, so only the reason is repeated.
  const whole = subject.kind === 'Secret' || !what.body?.message ? reason : what.body.message;
  const said = shortened(whole, SAID_MAX_LENGTH);
  return `${call}: ${what.status} ${said.endsWith('.') ? said : `${said}.`}`;
}

/** The body of a refusal, which is not always JSON and not always a `Status`. */
export function statusBody(text: string): StatusBody | null {
  try {
    const value: unknown = JSON.parse(text);
    const isStatus = typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status';
    return isStatus ? (value as StatusBody) : null;
  } catch {
    return null;
  }
}

/** The code of a network fault, wherever in the chain of causes it stands; null: there is none. */
export function faultCode(error: unknown): string | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return null;
}
