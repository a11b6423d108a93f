/**
 * Connects stubs of Bitcoin Core in different pods. What they tell each other is a line of JSON each: who they are, how high
 * they are, and the chain for those that ask.
 */
import { randomUUID } from 'node:crypto';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { P2P_PORT } from '../../workflows/names.ts';
import type { CoreEnd, CoreLink, CoreWire } from './stub-core-wire.ts';
import type { StubCore } from './stub-core.ts';

/** Milliseconds that Core gives a connection to come about (`-timeout`). */
const CONNECT_TIMEOUT_MS = 5_000;

type Message =
  /** The first from either end. A nonce of its own tells a node that it has dialled itself. */
  | { say: 'version'; subversion: string; nonce: string; height: number }
  | { say: 'height'; height: number }
  | { say: 'getchain' }
  | { say: 'chain'; chain: string[] };

interface RemoteEnd extends CoreEnd {
  height: number;
}

/** The wire of one node, which is alone in its process. */
export class TcpWire implements CoreWire {
  readonly #nonce = randomUUID();
  readonly #links = new Map<CoreLink, Socket>();
  /** Names and addresses that are being dialled. */
  readonly #dialling = new Set<string>();
  readonly #listens: boolean;
  #server: Server | null = null;

  constructor({ listen }: { listen: boolean }) {
    this.#listens = listen;
  }

  attach(node: StubCore): void {
    if (!this.#listens) return;
    this.#server = createServer((socket) => {
      this.#meet(node, socket, null);
    });
    this.#server.listen(P2P_PORT, '0.0.0.0');
  }

  detach(): void {
    this.#server?.close();
    for (const socket of this.#links.values()) socket.destroy();
  }

  linksOf(): CoreLink[] {
    return [...this.#links.keys()];
  }

  dial(node: StubCore, target: string, how: { name: string; added: boolean }): void {
    if (this.#dialling.has(target)) return;
    this.#dialling.add(target);
    const [host = '', port] = target.split(':');
    const socket = connect({ host, port: Number(port), timeout: CONNECT_TIMEOUT_MS });
    socket.once('timeout', () => socket.destroy());
    socket.once('connect', () => {
      socket.setTimeout(0);
    });
    this.#meet(node, socket, how, () => this.#dialling.delete(target));
  }

  cut(link: CoreLink): void {
    this.#links.get(link)?.destroy();
  }

  relay(node: StubCore): void {
    for (const socket of this.#links.values()) send(socket, { say: 'height', height: node.height });
  }

  /** One connection from its first byte to its last; `how` is null for one that came in. */
  #meet(
    node: StubCore,
    socket: Socket,
    how: { name: string; added: boolean } | null,
    met: () => void = () => undefined,
  ): void {
    const { subversion, height } = node;
    const hello = (): void => {
      send(socket, { say: 'version', subversion, nonce: this.#nonce, height });
    };
    if (how === null) hello();
    else socket.once('connect', hello);

    let link: CoreLink | null = null;
    let remote: RemoteEnd | null = null;
    const hear = (message: Message): void => {
      if (message.say === 'version') {
        if (message.nonce === this.#nonce) return void socket.destroy();
        remote = { address: socket.remoteAddress ?? '', subversion: message.subversion, height: message.height };
        link = linkOf(node, remote, socket, how);
        this.#links.set(link, socket);
        met();
      }
      if (remote === null) return void socket.destroy();
      if (message.say === 'getchain') send(socket, { say: 'chain', chain: [...node.chain] });
      if (message.say === 'chain') {
        remote.height = message.chain.length;
        if (node.adopt(message.chain)) this.relay(node);
      }
      if (message.say === 'height' || message.say === 'version') {
        remote.height = message.height;
        if (message.height > node.height) send(socket, { say: 'getchain' });
      }
    };
    const lines = createInterface({ input: socket });
    lines.on('line', (line) => {
      const message = parse(line);
      if (message === null) socket.destroy();
      else hear(message);
    });
    // The interface passes on what happens to its socket.
    for (const emitter of [socket, lines]) emitter.on('error', () => socket.destroy());
    socket.on('close', () => {
      met();
      if (link !== null && this.#links.delete(link) && link.added) node.dialler.slotFreed();
    });
  }
}

function linkOf(
  node: StubCore,
  remote: CoreEnd,
  socket: Socket,
  how: { name: string; added: boolean } | null,
): CoreLink {
  return {
    ...(how === null ? { from: remote, to: node } : { from: node, to: remote }),
    fromPort: (how === null ? socket.remotePort : socket.localPort) ?? 0,
    name: how?.name ?? '',
    added: how?.added ?? false,
    ids: new Map([[node, node.nextPeerId()]]),
    since: Math.floor(Date.now() / 1000),
  };
}

const send = (socket: Socket, message: Message): void => void socket.write(`${JSON.stringify(message)}\n`);

/** null: what came is from no stub. */
function parse(line: string): Message | null {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return null;
  }
}
