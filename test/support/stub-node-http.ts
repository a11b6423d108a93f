/** The transport of btcd's RPC server, byte for byte: what stands on the wire before and after the JSON. */
import { timingSafeEqual, createHash } from 'node:crypto';

export interface StubRequest {
  authorization: string | null;
  contentLength: number;
  /** Offset of the body in what was received. */
  bodyAt: number;
}

/** Head of a request; null until it is complete. */
export function parseHead(received: Buffer): StubRequest | null {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const headers = new Map(
    received
      .subarray(0, end)
      .toString('latin1')
      .split('\r\n')
      .slice(1)
      .map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
  );
  return {
    authorization: headers.get('authorization') ?? null,
    contentLength: Number(headers.get('content-length') ?? 0),
    bodyAt: end + 4,
  };
}

export function isAuthorized(authorization: string | null, user: string, password: string): boolean {
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(authorization ?? ''), digest(expected));
}

/** An answer to JSON-RPC: written past Go's HTTP server, so without date and length, ended by the end of the connection. */
export const jsonResponse = (json: string): string =>
  `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n${json}\n`;

export const UNAUTHORIZED = (): string =>
  textResponse('401 Unauthorized', '401 Unauthorized.\n', 'Www-Authenticate: Basic realm="btcd RPC"\r\n');

export const TOO_BUSY = (): string => textResponse('503 Service Unavailable', '503 Too busy.  Try again later.\n');

/** An answer by Go's `http.Error`. */
export function textResponse(status: string, body: string, header = ''): string {
  return (
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n${header}` +
    `X-Content-Type-Options: nosniff\r\nDate: ${new Date().toUTCString()}\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`
  );
}
