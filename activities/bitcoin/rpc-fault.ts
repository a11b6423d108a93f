/** Why a node could not be asked: told apart by status and code, never by text, and safe to show to anybody. */
import { errors } from 'undici';
import { shortened } from '../../workflows/diary.ts';
import { MESSAGE_MAX_LENGTH } from '../../workflows/observation.ts';
import { ReachError } from './reach.ts';
import { UNTRUSTED_CODES, TIMEOUT_CODES } from './transport-codes.ts';

const SENTENCES = {
  Unauthorized: 'does not accept the credentials of the network',
  NotAllowed: 'does not allow RPC from this address',
  Busy: 'has more RPC clients than it serves at once',
  NotStarted: 'is still starting',
  Refused: 'refuses connections to its RPC port',
  TimedOut: 'did not answer in time',
  Untrusted: 'shows a TLS certificate that is not of this network',
  NotShown: 'does not answer as a Bitcoin node at its address',
  Closed: 'closed the connection without an answer',
  Unreachable: 'cannot be reached',
  Forbidden: 'cannot be reached through the API server without the rights to get and create pods/portforward',
  BadAnswer: 'gave an answer that is no valid JSON-RPC',
  CallFailed: 'refused a call',
  Unsupported: 'cannot do this',
} as const;

/** Stable reasons; `CallFailed` carries the node's own error code. */
export type RpcFaultReason = keyof typeof SENTENCES;

/** A node that could not be asked, or did not do what it was asked. `message` names the pod and holds no credential. */
export class RpcFault extends Error {
  override readonly name = 'RpcFault';
  readonly reason: RpcFaultReason;
  readonly pod: string;
  /** HTTP status, JSON-RPC error code, or code of the network error behind it. */
  readonly code: string | number | null;
  /** What else is known, for people. */
  readonly detail: string;

  constructor(reason: RpcFaultReason, pod: string, code: string | number | null = null, detail = '') {
    const inBrackets = [code === null ? '' : String(code), detail].filter((part) => part !== '').join(': ');
    const sentence = `${pod} ${SENTENCES[reason]}${inBrackets === '' ? '' : ` (${inBrackets})`}`;
    super(shortened(sentence, MESSAGE_MAX_LENGTH));
    this.reason = reason;
    this.pod = pod;
    this.code = code;
    this.detail = detail;
  }
}

const STATUS_REASONS: Partial<Record<number, RpcFaultReason>> = { 401: 'Unauthorized', 403: 'NotAllowed', 503: 'Busy' };

/** The fault behind an HTTP status that is not 200. */
export const faultOfStatus = (pod: string, status: number): RpcFault =>
  new RpcFault(STATUS_REASONS[status] ?? 'BadAnswer', pod, status);

/** The fault behind an error of the connection; the error itself is not kept, it can hold the request's headers. */
export function faultOfConnection(pod: string, error: unknown, answerBegun: boolean): RpcFault {
  if (error instanceof ReachError) return new RpcFault(error.reason, pod, error.code, error.detail);
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return new RpcFault('Refused', pod, code);
  if (code !== null && TIMEOUT_CODES.has(code)) return new RpcFault('TimedOut', pod, code);
  if (code !== null && UNTRUSTED_CODES.has(code)) return new RpcFault('Untrusted', pod, code);
  // By class: undici 8.12 leaves the code of its parser's errors out.
  if (answerBegun || error instanceof errors.HTTPParserError) return new RpcFault('BadAnswer', pod, code);
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET') return new RpcFault('Closed', pod, code);
  return new RpcFault('Unreachable', pod, code);
}

/** The stable code of an error of Node or undici. */
export function codeOf(error: unknown): string | null {
  // Not `instanceof Error`: an error of Node itself is none where the code runs in a VM context of its own.
  if (typeof error !== 'object' || error === null) return null;
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? code : null;
}
