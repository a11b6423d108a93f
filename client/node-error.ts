/** What a node answers instead of a result, or why it could not be asked, as an error of the library. */
import type { RpcFault, RpcFaultReason } from '../activities/bitcoin/rpc-fault.ts';
import { BtcnetError, type ErrorCode } from './errors.ts';

/** A node's own refusal of a call. */
export class NodeError extends BtcnetError {
  /** The node's error code, such as -8. */
  readonly rpcCode: number;

  constructor(pod: string, rpcCode: number, message: string) {
    super('FAILED', `${pod}: error ${rpcCode}: ${message}`);
    this.name = 'NodeError';
    this.rpcCode = rpcCode;
  }
}

const CODES: Record<RpcFaultReason, ErrorCode> = {
  Unauthorized: 'REFUSED',
  NotAllowed: 'REFUSED',
  Forbidden: 'REFUSED',
  Busy: 'UNREACHABLE',
  NotStarted: 'UNREACHABLE',
  Refused: 'UNREACHABLE',
  Closed: 'UNREACHABLE',
  Unreachable: 'UNREACHABLE',
  NotShown: 'UNREACHABLE',
  Untrusted: 'UNREACHABLE',
  TimedOut: 'TIMED_OUT',
  BadAnswer: 'FAILED',
  CallFailed: 'FAILED',
  Unsupported: 'FAILED',
};

/** The fault's message names the pod, and holds no credential. */
export const nodeUnreachable = (fault: RpcFault): BtcnetError =>
  new BtcnetError(CODES[fault.reason], fault.message, fault);
