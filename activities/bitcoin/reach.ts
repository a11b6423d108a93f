/** How a connection to a node is made. Everything above speaks HTTP over what comes of it, and cares for nothing else. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import type { NodeEndpoint } from './endpoint.ts';

/** Milliseconds for TCP and TLS together: nodes are pods of the same cluster, a handshake takes some 5 ms. */
export const CONNECT_TIMEOUT_MS = 2_000;

/** How many networks' certificate authorities are kept parsed; parsing one takes some 0.2 ms. */
const MAX_CONNECTORS = 1_000;

/** Where a connection leads, and who must be found there. */
export interface Target {
  node: NodeEndpoint;
  /** PEM of the certificate authority that the node's certificate must come from; null: the node speaks plain HTTP. */
  ca: string | null;
}

export interface Reach {
  /**
   * A connection over which HTTP can be spoken: where there is a CA, TLS stands, and the certificate is one of this CA for this
   * node. Rejects with an error of Node or undici that has a code, or with a `ReachError`.
   */
  connect(target: Target): Promise<Duplex>;
  /** Ends what is open or being opened. */
  close(): Promise<void>;
}

/** Why no connection came about, where neither Node nor undici has a code for it. */
export type ReachReason = 'Refused' | 'TimedOut' | 'Closed' | 'Unreachable' | 'Forbidden' | 'NotShown';

export class ReachError extends Error {
  override readonly name = 'ReachError';
  readonly reason: ReachReason;
  /** HTTP status or code of the error behind it. */
  readonly code: string | number | null;
  /** What else is known, for people; holds no credential. */
  readonly detail: string;

  constructor(reason: ReachReason, code: string | number | null = null, detail = '') {
    super([reason, code ?? '', detail].filter((part) => part !== '').join(': '));
    this.reason = reason;
    this.code = code;
    this.detail = detail;
  }
}

/** To the address of the node's pod. */
export class DirectReach implements Reach {
  readonly #connectors: Connectors;

  /** @param timeoutMs for TCP and TLS together */
  constructor(timeoutMs: number = CONNECT_TIMEOUT_MS) {
    this.#connectors = new Connectors(timeoutMs);
  }

  connect(target: Target): Promise<Duplex> {
    return this.#connectors.connect(target);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Opens a stream of bytes to a node's RPC port by some other means than an address. */
export interface Tunnels {
  open(node: NodeEndpoint): Promise<Duplex>;
  close(): Promise<void>;
}

/** Through tunnels. TLS is between here and the node, whoever carries its bytes. */
export class TunnelReach implements Reach {
  readonly #tunnels: Tunnels;
  readonly #connectors = new Connectors(CONNECT_TIMEOUT_MS);

  constructor(tunnels: Tunnels) {
    this.#tunnels = tunnels;
  }

  async connect(target: Target): Promise<Duplex> {
    const tunnel = await this.#tunnels.open(target.node);
    return target.ca === null ? tunnel : this.#connectors.connect(target, tunnel);
  }

  close(): Promise<void> {
    return this.#tunnels.close();
  }
}

/** Gives undici the connection that it asked for. */
export function handOver(connecting: Promise<Duplex>, callback: buildConnector.Callback): void {
  connecting.then(
    (stream) => {
      callback(null, asSocket(stream));
    },
    (error: unknown) => {
      callback(error as Error, null);
    },
  );
}

/** undici uses no more of a socket than every Duplex has: so no port of this machine has to be listened on in between. */
const asSocket = (stream: Duplex): Socket => stream as unknown as Socket;

/** undici's connectors, with their TLS session caches: one per CA, and each network has its own. */
class Connectors {
  readonly #timeoutMs: number;
  readonly #known = new Map<string, buildConnector.connector>();

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** @param over a stream that leads to the node's port already; TLS is laid over it */
  connect({ node, ca }: Target, over?: Duplex): Promise<Duplex> {
    const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
    this.#connectorFor(ca)(
      {
        hostname: node.address,
        host: node.host,
        protocol: ca === null ? 'http:' : 'https:',
        port: String(node.port),
        // No `servername` for plain HTTP: undici would take it for a name to resolve.
        ...(ca === null ? {} : { servername: node.host }),
        ...(over === undefined ? {} : { httpSocket: asSocket(over) }),
      },
      (...[error, socket]) => {
        if (error !== null) reject(error);
        else resolve(socket);
      },
    );
    return promise;
  }

  #connectorFor(ca: string | null): buildConnector.connector {
    const key = ca ?? '';
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size >= MAX_CONNECTORS) this.#known.delete(oldest);
    const connector = buildConnector({
      timeout: this.#timeoutMs,
      allowH2: false,
      ...(ca === null ? {} : { secureContext: createSecureContext({ ca, minVersion: 'TLSv1.2' }) }),
    });
    this.#known.set(key, connector);
    return connector;
  }
}
