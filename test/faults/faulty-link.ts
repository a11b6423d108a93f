/** A real TCP proxy between two parts: what goes through it can be refused, held, slowed, cut short, or answered with nonsense. */
import { createServer, connect, type Server, type Socket } from 'node:net';
import type { LinkFault } from './schedule.ts';

/** Milliseconds that each piece waits on a slow connection. */
const SLOW_MS = 300;

/** Bytes of the answers on one connection that come through before it is cut short. */
const HALF_BYTES = 120;

/** An answer of nobody's protocol: neither HTTP, nor HTTP/2, nor TLS. */
const GARBAGE = Buffer.from('\u0000\u0001 what are you talking about?\r\n\r\n{]');

export interface LinkOptions {
  host: string;
  port: number;
  /** Where a connection goes that was made to this address. */
  target: (address: string) => { host: string; port: number };
}

/** A connection that was taken, and where it goes; null: nowhere. */
interface Pair {
  near: Socket;
  far: Socket | null;
}

export class FaultyLink {
  readonly #server: Server;
  readonly #options: LinkOptions;
  readonly #pairs = new Set<Pair>();
  #fault: Exclude<LinkFault, 'cut'> | null = null;
  #answer: Buffer = GARBAGE;
  /** Connections that were taken so far. */
  taken = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true }, (near) => {
      this.#take(near);
    });
  }

  async start(): Promise<this> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog: 4_096 }, resolve);
    });
    return this;
  }

  async stop(): Promise<void> {
    this.#cutAll();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  /**
   * From now on; connections that stand misbehave too, and all of them are cut where the fault is not about what goes through.
   *
   * @param answer what is said instead of the partner's answer, if the fault is `garbage`
   */
  begin(fault: LinkFault, answer: Buffer = GARBAGE): void {
    this.#answer = answer;
    if (fault !== 'cut') this.#fault = fault;
    if (fault === 'cut' || fault === 'refuse') this.#cutAll();
  }

  /** Whoever was kept waiting is cut off: what it sent is gone. */
  end(): void {
    const { hang, garbage } = { hang: this.#fault === 'hang', garbage: this.#fault === 'garbage' };
    this.#fault = null;
    if (hang || garbage) this.#cutAll();
  }

  #cutAll(): void {
    for (const { near, far } of this.#pairs) {
      near.resetAndDestroy();
      far?.destroy();
    }
  }

  #take(near: Socket): void {
    this.taken += 1;
    near.on('error', () => near.destroy());
    if (this.#fault === 'refuse') {
      near.resetAndDestroy();
      return;
    }
    if (this.#fault === 'garbage') {
      this.#remember({ near, far: null });
      near.once('data', () => near.end(this.#answer));
      return;
    }
    const far = connect({ ...this.#options.target(near.localAddress ?? ''), noDelay: true });
    this.#remember({ near, far });
    far.on('error', () => near.resetAndDestroy());
    far.on('close', () => near.destroy());
    near.on('close', () => far.destroy());
    this.#pass(near, far, { isAnswer: false });
    this.#pass(far, near, { isAnswer: true });
  }

  #remember(pair: Pair): void {
    this.#pairs.add(pair);
    pair.near.on('close', () => this.#pairs.delete(pair));
  }

  #pass(from: Socket, to: Socket, { isAnswer }: { isAnswer: boolean }): void {
    let halfLeft = HALF_BYTES;
    from.on('end', () => to.end());
    from.on('data', (chunk: Buffer) => {
      if (to.destroyed) return;
      switch (this.#fault) {
        case 'hang':
          return;
        case 'garbage':
          if (isAnswer) to.end(this.#answer);
          return;
        case 'half': {
          if (!isAnswer) break;
          const part = chunk.subarray(0, halfLeft);
          halfLeft -= part.length;
          if (halfLeft > 0) break;
          to.end(part);
          return;
        }
        case 'slow':
          from.pause();
          setTimeout(() => {
            if (!to.destroyed) to.write(chunk);
            from.resume();
          }, SLOW_MS);
          return;
        case 'refuse':
        case null:
          break;
      }
      if (to.write(chunk)) return;
      from.pause();
      to.once('drain', () => from.resume());
    });
  }
}
