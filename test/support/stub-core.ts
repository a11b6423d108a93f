/**
 * A node that answers JSON-RPC like Bitcoin Core, 0.21 or 28, and keeps the state that a real one keeps. Several of them on one
 * `CoreWire`, each on an address of its own, form Bitcoin networks: in one process for unit tests, in pods for the others. No binary of Core can be had where the tests run: what
 * is in here was read in its source.
 */
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { blockchainInfo } from './stub-core-calls.ts';
import type { CoreClock } from './stub-core-clock.ts';
import { CoreDialler } from './stub-core-dialler.ts';
import type { Resolver } from './stub-core-dialler.ts';
import { FORBIDDEN, jsonReply, LOADING, ONLY_POST, QUEUE_FULL, serialize, UNAUTHORIZED } from './stub-core-http.ts';
import type { CoreReply } from './stub-core-http.ts';
import { answerRpc } from './stub-core-rpc.ts';
import { blockAfter } from './stub-core-wire.ts';
import type { CoreLink, CoreWire } from './stub-core-wire.ts';
import { isAuthorized, parseHead } from './stub-node-http.ts';
import { GENESIS } from './stub-node-network.ts';
import type { Sabotage } from './stub-node.ts';

const VERSIONS = { '0.21': '0.21.2', '28': '28.1.0' } as const;
export type CoreVersion = keyof typeof VERSIONS;

export interface StubCoreOptions {
  /** Different for every node: a loopback address, `127.1.0.1`, …, or that of a pod. */
  address: string;
  wire: CoreWire;
  clock: CoreClock;
  resolve: Resolver;
  version: CoreVersion;
  /** `uacomment`. */
  tag: string;
  user: string;
  password: string;
  /** Where RPC is listened for; left out: a free port of the address; null: somebody else listens, and hands connections over. */
  rpc?: { host: string; port: number } | null;
  /** Milliseconds until a request is answered. */
  latencyMs?: () => number;
  /** `rest`, which is on if left out. */
  rest?: boolean;
  /** Block hashes that it finds in its data directory. */
  chain?: string[];
  /** Called after every change of the chain. */
  keepChain?: (chain: readonly string[]) => void;
  /** What `stop` ends; left out: the node alone. */
  exit?: () => void;
}

export class StubCore {
  readonly address: string;
  readonly wire: CoreWire;
  readonly tag: string;
  readonly dialler: CoreDialler;
  /** What else a node may answer: still loading (-28), its work queue full (503), the client not in `rpcallowip` (403). */
  state: 'ready' | 'warmup' | 'busy' | 'forbidden' = 'ready';
  password: string;
  /** Block hashes from the first after genesis on. */
  chain: readonly string[];
  /** Asked before every answer; null lets the node answer as it should. */
  sabotage: (body: string) => Sabotage | null = () => null;
  /** Told of every method just before it is answered. */
  onCall: (method: string) => void = () => undefined;
  /** Methods called so far, in order. */
  readonly calls: string[] = [];
  /** POSTs and TCP connections taken so far. */
  posts = 0;
  connections = 0;
  port = 0;
  readonly #options: StubCoreOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #nextPeerId = 0;

  constructor(options: StubCoreOptions) {
    this.address = options.address;
    this.wire = options.wire;
    this.tag = options.tag;
    this.password = options.password;
    this.chain = options.chain ?? [];
    this.#options = options;
    this.dialler = new CoreDialler(this, options.clock, options.resolve);
    this.#server = createServer((socket) => {
      this.serve(socket);
    });
  }

  /** Starts to listen for RPC, on a free port, and for peers. */
  async start(): Promise<this> {
    if (this.#options.rpc !== null) await this.#listen(this.#options.rpc ?? { host: this.address, port: 0 });
    this.wire.attach(this);
    this.dialler.start();
    return this;
  }

  async #listen({ host, port }: { host: string; port: number }): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, resolve);
    });
    this.port = (this.#server.address() as AddressInfo).port;
  }

  /** The process ends; its peers see that at once. */
  async stop(): Promise<void> {
    this.#forget();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  /** A container restarted in place: no entries, no connections, the same address and chain. */
  restart(options: { silently?: boolean } = {}): void {
    this.#forget(options);
    this.#nextPeerId = 0;
    this.wire.attach(this);
    this.dialler.start();
  }

  /** What version 28 and those just before it changed. */
  get since28(): boolean {
    return this.#options.version === '28';
  }

  get subversion(): string {
    return `/Satoshi:${VERSIONS[this.#options.version]}(${this.tag})/`;
  }

  get height(): number {
    return this.chain.length;
  }

  get tip(): string {
    return this.chain.at(-1) ?? GENESIS;
  }

  get links(): CoreLink[] {
    return this.wire.linksOf(this);
  }

  /** A block on top of the chain; its hash. */
  mine(): string {
    const hash = blockAfter(this);
    this.#setChain([...this.chain, hash]);
    this.wire.relay(this);
    return hash;
  }

  /** Takes over a chain if it is longer, whichever network it belongs to; says whether it did. */
  adopt(chain: readonly string[]): boolean {
    if (chain.length <= this.height) return false;
    this.#setChain(chain);
    return true;
  }

  /** What `stop` answers while the process begins to end. */
  leave(): string {
    setImmediate(this.#options.exit ?? (() => void this.stop()));
    return 'Bitcoin Core stopping';
  }

  nextPeerId(): number {
    return this.#nextPeerId++;
  }

  #setChain(chain: readonly string[]): void {
    this.chain = chain;
    this.#options.keepChain?.(chain);
  }

  #forget(options: { silently?: boolean } = {}): void {
    this.dialler.stop();
    this.wire.detach(this, options);
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Answers what comes in over a connection. */
  serve(socket: Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    let received = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (;;) {
        const head = parseHead(received);
        const end = head === null ? Infinity : head.bodyAt + head.contentLength;
        if (head === null || received.length < end) return;
        const [method = '', path = ''] = received.subarray(0, head.bodyAt).toString('latin1').split(' ', 2);
        const body = received.subarray(head.bodyAt, end).toString();
        received = received.subarray(end);
        this.#answer(socket, { method, path, authorization: head.authorization, body });
      }
    });
  }

  #answer(socket: Socket, request: Request): void {
    const sabotage = request.method === 'POST' ? this.sabotage(request.body) : null;
    if (sabotage === 'hang') return;
    if (sabotage === 'close') return void socket.end();
    if (sabotage === null) {
      const latency = this.#options.latencyMs?.() ?? 0;
      if (latency === 0) socket.write(serialize(this.#reply(request)));
      else setTimeout(() => socket.write(serialize(this.#reply(request))), latency);
      return;
    }
    socket.write(sabotage.bytes);
    if (!sabotage.keep) socket.end();
  }

  #reply({ method, path, authorization, body }: Request): CoreReply {
    if (this.state === 'forbidden') return FORBIDDEN;
    if (this.state === 'busy') return QUEUE_FULL;
    if (path === '/rest/chaininfo.json' && this.state === 'warmup') return LOADING;
    if (path === '/rest/chaininfo.json' && this.#options.rest !== false)
      return jsonReply(200, `${JSON.stringify(blockchainInfo(this))}\n`);
    if (method !== 'POST') return ONLY_POST;
    if (!isAuthorized(authorization, this.#options.user, this.password)) return UNAUTHORIZED;
    this.posts += 1;
    return answerRpc(this, body);
  }
}

interface Request {
  method: string;
  path: string;
  authorization: string | null;
  body: string;
}
