/**
 * A node that answers JSON-RPC like Bitcoin Core, 0.21 or 28, and keeps the state that a real one keeps. Several of them on one
 * `CoreWire`, each on a loopback address of its own, form Bitcoin networks. No binary of Core can be had where the tests run: what
 * is in here was read in its source.
 */
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { blockchainInfo } from './stub-core-calls.ts';
import type { StubClock } from './stub-core-clock.ts';
import { CoreDialler } from './stub-core-dialler.ts';
import type { Resolver } from './stub-core-dialler.ts';
import { FORBIDDEN, jsonReply, ONLY_POST, QUEUE_FULL, serialize, UNAUTHORIZED } from './stub-core-http.ts';
import type { CoreReply } from './stub-core-http.ts';
import { answerRpc } from './stub-core-rpc.ts';
import type { CoreLink, CoreWire } from './stub-core-wire.ts';
import { isAuthorized, parseHead } from './stub-node-http.ts';
import { GENESIS } from './stub-node-network.ts';
import type { Sabotage } from './stub-node.ts';

const VERSIONS = { '0.21': '0.21.2', '28': '28.1.0' } as const;
export type CoreVersion = keyof typeof VERSIONS;

export interface StubCoreOptions {
  /** Loopback address, different for every node: `127.1.0.1`, … */
  address: string;
  wire: CoreWire;
  clock: StubClock;
  resolve: Resolver;
  version: CoreVersion;
  /** `uacomment`. */
  tag: string;
  user: string;
  password: string;
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
  chain: string[] = [];
  /** Asked before every answer; null lets the node answer as it should. */
  sabotage: (body: string) => Sabotage | null = () => null;
  /** Methods called so far, in order. */
  readonly calls: string[] = [];
  /** POSTs and TCP connections taken so far. */
  posts = 0;
  connections = 0;
  port = 0;
  readonly #user: string;
  readonly #version: CoreVersion;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #nextPeerId = 0;

  constructor(options: StubCoreOptions) {
    this.address = options.address;
    this.wire = options.wire;
    this.tag = options.tag;
    this.password = options.password;
    this.#user = options.user;
    this.#version = options.version;
    this.dialler = new CoreDialler(this, options.clock, options.resolve);
    this.#server = createServer((socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      this.#serve(socket);
    });
  }

  /** Starts to listen for RPC, on a free port, and for peers. */
  async start(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, this.address, resolve);
    });
    this.port = (this.#server.address() as AddressInfo).port;
    this.wire.attach(this);
    this.dialler.start();
    return this;
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
    return this.#version === '28';
  }

  get subversion(): string {
    return `/Satoshi:${VERSIONS[this.#version]}(${this.tag})/`;
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

  nextPeerId(): number {
    return this.#nextPeerId++;
  }

  #forget(options: { silently?: boolean } = {}): void {
    this.dialler.stop();
    this.wire.detach(this, options);
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
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
    if (sabotage === null) return void socket.write(serialize(this.#reply(request)));
    socket.write(sabotage.bytes);
    if (!sabotage.keep) socket.end();
  }

  #reply({ method, path, authorization, body }: Request): CoreReply {
    if (this.state === 'forbidden') return FORBIDDEN;
    if (this.state === 'busy') return QUEUE_FULL;
    if (path === '/rest/chaininfo.json') return jsonReply(200, `${JSON.stringify(blockchainInfo(this))}\n`);
    if (method !== 'POST') return ONLY_POST;
    if (!isAuthorized(authorization, this.#user, this.password)) return UNAUTHORIZED;
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
