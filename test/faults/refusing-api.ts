/** A proxy in front of the API server that shows its certificate: it can answer in its place, with a status of its choice. */
import { Agent, createServer, request, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface ApiProxyOptions {
  host: string;
  port: number;
  /** Where the real one listens. */
  upstream: { host: string; port: number };
  /** PEM: what the real one shows, and its key; and the authority that both trust. */
  cert: string;
  key: string;
  ca: string;
}

/** Seconds after which the API server asks to be asked again when it has too much to do. */
const RETRY_AFTER_SECONDS = '1';

const REASONS: Readonly<Record<number, string>> = {
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
};

export class RefusingApi {
  readonly #options: ApiProxyOptions;
  readonly #server: Server;
  readonly #agent: Agent;
  /** Status with which every request is answered; null: they are passed on. */
  status: number | null = null;
  /** Requests that were answered here. */
  refused = 0;

  constructor(options: ApiProxyOptions) {
    const { cert, key, ca } = options;
    this.#options = options;
    this.#agent = new Agent({ keepAlive: true, ca, maxSockets: 256 });
    this.#server = createServer({ cert, key }, (incoming, outgoing) => {
      this.#answer(incoming, outgoing);
    });
  }

  async start(): Promise<this> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, resolve);
    });
    return this;
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  #answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { status } = this;
    if (status !== null) {
      this.refused += 1;
      incoming.resume();
      outgoing.writeHead(status, {
        'content-type': 'application/json',
        ...(status === 429 ? { 'retry-after': RETRY_AFTER_SECONDS } : {}),
      });
      outgoing.end(JSON.stringify(statusOf(status)));
      return;
    }
    const { host, port } = this.#options.upstream;
    const { method, url, headers } = incoming;
    const onward = request({ host, port, method, path: url, headers, agent: this.#agent }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
      answer.on('error', () => outgoing.destroy());
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  }
}

/** As the API server puts it: `meta/v1 Status`. */
const statusOf = (code: number): object => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: 'refused by a test',
  reason: REASONS[code] ?? 'Unknown',
  code,
});
