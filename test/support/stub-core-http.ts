/** The HTTP server of Bitcoin Core, which is libevent's, byte for byte: keep-alive, a date, and always a length. */
import { STATUS_CODES } from 'node:http';

export interface CoreReply {
  status: number;
  /** What Core itself sets; libevent adds the rest. */
  headers?: Record<string, string>;
  body: string;
}

export const jsonReply = (status: number, json: string): CoreReply => ({
  status,
  headers: { 'Content-Type': 'application/json' },
  body: json,
});

export const UNAUTHORIZED: CoreReply = {
  status: 401,
  headers: { 'WWW-Authenticate': 'Basic realm="jsonrpc"' },
  body: '',
};

/** The client's address is not within `rpcallowip`. */
export const FORBIDDEN: CoreReply = { status: 403, body: '' };

/** `rpcworkqueue` requests are waiting already. */
export const QUEUE_FULL: CoreReply = { status: 503, body: 'Work queue depth exceeded' };

/** What REST says while every RPC is answered by -28 (`CheckWarmup` in Core's rest.cpp). */
export const LOADING: CoreReply = {
  status: 503,
  headers: { 'Content-Type': 'text/plain' },
  body: 'Service temporarily unavailable: Loading block index…\r\n',
};

export const ONLY_POST: CoreReply = { status: 405, body: 'JSONRPC server handles only POST requests' };

/** All that stands on the wire. */
export function serialize({ status, headers = {}, body }: CoreReply): string {
  const lines = [
    `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `Date: ${new Date().toUTCString()}`,
  ];
  if (status !== 204) {
    lines.push(`Content-Length: ${String(Buffer.byteLength(body))}`);
    if (!('Content-Type' in headers)) lines.push('Content-Type: text/html; charset=ISO-8859-1');
  }
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
