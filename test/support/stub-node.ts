/**
 * A node that answers JSON-RPC like btcd 0.26.2, byte for byte, and keeps the state that a real one keeps. Several of them in
 * one `StubNetwork`, each on a loopback address of its own, form a Bitcoin network. `test/integration/stub-fidelity.test.ts`
 * compares it with the real thing.
 */
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { isAuthorized, jsonResponse, parseHead, TOO_BUSY, UNAUTHORIZED } from './stub-node-http.ts';
import { callStub, StubRpcError } from './stub-node-calls.ts';
import { GENESIS } from './stub-node-network.ts';
import type { StubLink, StubNetwork } from './stub-node-network.ts';

/** Clients that btcd serves at once (`--rpcmaxclients`). */
const MAX_CLIENTS = 10;

export interface StubOptions {
  /** Loopback address, different for every node: `127.1.0.1`, … */
  address: string;
  network: StubNetwork;
  /** Null: plain HTTP, which btcd speaks on localhost only. */
  tls: { certificate: string; key: string } | null;
  user?: string;
  password?: string;
  /** `--uacomment` and `--agentwhitelist`: nodes of another tag are refused. */
  tag?: string;
  /** Has a `--miningaddr`. */
  mines?: boolean;
}

/** Bytes instead of an answer (and then the end, unless it is kept), nothing at all (`hang`), or an end without an answer (`close`). */
export type Sabotage = { bytes: string; keep?: boolean } | 'hang' | 'close';

export class StubNode {
  readonly address: string;
  readonly network: StubNetwork;
  readonly tag: string;
  readonly mines: boolean;
  user: string;
  password: string;
  /** Block hashes from the first after genesis on. */
  chain: string[] = [];
  /** Asked before every answer; null lets the node answer as it should. */
  sabotage: (body: string) => Sabotage | null = () => null;
  /** Methods called so far, in order. */
  readonly calls: string[] = [];
  /** POSTs and TCP connections taken so far. */
  posts = 0;
  connections = 0;
  port = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #clients = 0;
  #peerId = 0;

  constructor(options: StubOptions) {
    this.address = options.address;
    this.network = options.network;
    this.tag = options.tag ?? 'stub';
    this.mines = options.mines ?? true;
    this.user = options.user ?? 'user';
    this.password = options.password ?? 'password';
    const serve = (socket: Socket): void => {
      this.#serve(socket);
    };
    this.#server = options.tls
      ? createTlsServer({ cert: options.tls.certificate, key: options.tls.key }, serve)
      : createServer(serve);
    this.#server.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  /** Starts to listen for RPC, on a free port unless one is given, and for peers. */
  async start(port = 0): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, this.address, resolve);
    });
    this.port = (this.#server.address() as AddressInfo).port;
    this.network.nodes.set(this.address, this);
    return this;
  }

  /** Ends like a killed process, or `silently`, like a pod whose network is gone: its peers notice nothing. */
  async stop({ silently = false } = {}): Promise<void> {
    this.network.drop(this, silently);
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  /** A container restarted in place: no peers, no chain, the same address. */
  restart({ silently = false } = {}): void {
    this.network.drop(this, silently);
    this.chain = [];
    this.#peerId = 0;
    this.network.nodes.set(this.address, this);
  }

  get height(): number {
    return this.chain.length;
  }

  get tip(): string {
    return this.chain.at(-1) ?? GENESIS;
  }

  get links(): StubLink[] {
    return this.network.linksOf(this);
  }

  nextPeerId(): number {
    return ++this.#peerId;
  }

  #serve(socket: Socket): void {
    let received = Buffer.alloc(0);
    let admitted = false;
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const head = parseHead(received);
      if (head === null) return;
      if (!admitted) {
        if (this.#clients >= MAX_CLIENTS) return void socket.end(TOO_BUSY());
        if (!isAuthorized(head.authorization, this.user, this.password)) return void socket.end(UNAUTHORIZED());
        admitted = true;
        this.#clients += 1;
        socket.on('close', () => (this.#clients -= 1));
      }
      if (received.length < head.bodyAt + head.contentLength) return;
      this.#answer(socket, received.subarray(head.bodyAt).toString());
      received = Buffer.alloc(0);
    });
  }

  #answer(socket: Socket, body: string): void {
    this.posts += 1;
    const sabotage = this.sabotage(body);
    if (sabotage === 'hang') return;
    if (sabotage === 'close') return void socket.end();
    if (sabotage?.keep) return void socket.write(sabotage.bytes);
    if (sabotage !== null) return void socket.end(sabotage.bytes);
    const json = this.#process(body);
    if (json === null) socket.end();
    else socket.end(jsonResponse(json));
  }

  /** The JSON that answers a body; null where btcd closes the connection without a word. */
  #process(body: string): string | null {
    const isBatch = body.startsWith('[');
    let parsed: unknown;
    try {
      parsed = JSON.parse(body);
    } catch {
      const unfinished = { code: -32700, message: 'Failed to parse request: unexpected end of JSON input' };
      return isBatch ? JSON.stringify({ jsonrpc: '2.0', result: null, error: unfinished, id: null }) : null;
    }
    if (!isBatch) return idOf(parsed) === null ? null : (this.#entry(parsed) ?? '');
    const entries = parsed as unknown[];
    if (entries.length === 0) {
      const empty = { code: -32600, message: 'Invalid request: empty batch' };
      return JSON.stringify({ jsonrpc: '2.0', result: null, error: empty, id: null });
    }
    const answers = entries.map((entry) => this.#entry(entry)).filter((answer) => answer !== null);
    return answers.length === 0 ? '' : `[${answers.join(',')}]`;
  }

  /** One request of a batch; null where it gets no answer: no id, or (though it is carried out) no version. */
  #entry(entry: unknown): string | null {
    if (typeof entry !== 'object' || entry === null) return null;
    const { jsonrpc, method, params = [] } = entry as Record<string, unknown>;
    const id = idOf(entry);
    let result: unknown = null;
    let error: { code: number; message: string } | null = null;
    if (typeof method !== 'string' || !Array.isArray(params)) {
      error = { code: -32600, message: 'Invalid request: malformed' };
    } else {
      if (id === null) return null;
      this.calls.push(method);
      try {
        result = callStub(this, method, params as unknown[]);
      } catch (thrown) {
        if (!(thrown instanceof StubRpcError)) throw thrown;
        error = { code: thrown.code, message: thrown.message };
      }
    }
    if (jsonrpc !== '1.0' && jsonrpc !== '2.0') return null;
    return JSON.stringify({ jsonrpc, result, error, id });
  }
}

const idOf = (request: unknown): unknown =>
  typeof request === 'object' && request !== null && 'id' in request ? request.id : null;
