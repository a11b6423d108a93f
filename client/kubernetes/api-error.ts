/** What the API server answers instead of success, and what that means to a user of the client. */
import { GROUP, PLURAL } from '../../workflows/names.ts';
import { BtcnetError, type ErrorCode } from '../errors.ts';

/** The fields of a Kubernetes `Status` that are looked at. */
interface Status {
  reason?: string;
  message?: string;
  details?: { name?: string; kind?: string; causes?: { reason?: string; message?: string; field?: string }[] };
}

/** An HTTP status of 400 or more from the API server. */
export class ApiError extends BtcnetError {
  /** HTTP status. */
  readonly status: number;
  /** `reason` of the Status, such as `AlreadyExists` or `Invalid`; empty when the answer is none. */
  readonly reason: string;
  /** The managers that own fields which a server-side apply would have changed; empty for any other error. */
  readonly conflicts: string[];

  constructor(status: number, body: string) {
    const answer = statusIn(body);
    super(codeOf(status), sentence(status, answer));
    this.name = 'ApiError';
    this.status = status;
    this.reason = answer?.reason ?? '';
    this.conflicts = (answer?.details?.causes ?? [])
      .filter(({ reason }) => reason === 'FieldManagerConflict')
      .map(({ message, field }) => `${field ?? ''}: ${message ?? ''}`);
  }
}

const CODES: Partial<Record<number, ErrorCode>> = {
  400: 'REFUSED',
  401: 'REFUSED',
  403: 'REFUSED',
  404: 'NOT_FOUND',
  409: 'REFUSED',
  410: 'FAILED',
  413: 'REFUSED',
  422: 'REFUSED',
  429: 'UNREACHABLE',
  502: 'UNREACHABLE',
  503: 'UNREACHABLE',
  504: 'UNREACHABLE',
};

const codeOf = (status: number): ErrorCode => CODES[status] ?? 'FAILED';

function statusIn(body: string): Status | null {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : null;
  } catch {
    return null;
  }
}

function sentence(status: number, answer: Status | null): string {
  if (status === 401) return 'the cluster does not accept the credentials of the kubeconfig (401): log in again';
  // Only a type that is not served is answered with a 404 that is no Status about an object.
  if (status === 404 && !answer?.details?.name) {
    return `the cluster does not know ${PLURAL}.${GROUP}: install the resource definition first (deploy/crd.yaml)`;
  }
  return answer?.message?.replaceAll(/\s+/g, ' ') ?? `the API server answered ${String(status)} without an explanation`;
}
