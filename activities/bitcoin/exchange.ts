/** One POST over a connection, and its whole answer. */
import type { Client, Dispatcher } from 'undici';

export interface Reply {
  status: number;
  body: string;
}

export interface Exchange {
  headers: Record<string, string>;
  body: string;
  /** Milliseconds until the whole answer must be there. */
  timeoutMs: number;
  signal: AbortSignal | undefined;
}

/** The answer did not come in time. */
export class Overdue extends Error {}

/** Why there is no answer, and whether a part of it was there. */
export interface Failed {
  error: unknown;
  answerBegun: boolean;
}

/**
 * Ends at once when the time is over or the signal says so: undici heeds neither until the connection stands, and a hanging TLS
 * handshake takes the whole connect timeout. What has ended before it was sent is never sent.
 */
export function exchange(client: Client, { headers, body, timeoutMs, signal }: Exchange): Promise<Reply | Failed> {
  const { promise, resolve } = Promise.withResolvers<Reply | Failed>();
  const chunks: Buffer[] = [];
  let status: number | null = null;
  let controller: Dispatcher.DispatchController | null = null;
  let ended: Error | null = null;

  const settle = (result: Reply | Failed): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    resolve(result);
  };
  const end = (error: Error): void => {
    ended = error;
    controller?.abort(error);
    settle({ error, answerBegun: status !== null });
  };
  const onAbort = (): void => {
    end(signal?.reason as Error);
  };
  const timer = setTimeout(() => {
    end(new Overdue());
  }, timeoutMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) {
    onAbort();
    return promise;
  }
  const times = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
  client.dispatch(
    { method: 'POST', path: '/', headers, body, ...times },
    {
      onRequestStart: (given) => {
        controller = given;
        if (ended !== null) given.abort(ended);
      },
      onResponseStart: (_, statusCode) => {
        status = statusCode;
      },
      onResponseData: (_, chunk) => {
        chunks.push(chunk);
      },
      onResponseEnd: () => {
        settle({ status: status ?? 0, body: Buffer.concat(chunks).toString() });
      },
      onResponseError: (_, error) => {
        settle({ error, answerBegun: status !== null });
      },
    },
  );
  return promise;
}
