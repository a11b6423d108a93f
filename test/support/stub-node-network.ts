/** The peer-to-peer side of stub nodes: connections that both ends see, and a chain that follows the longest. */
import { createHash } from 'node:crypto';
import type { StubNode } from './stub-node.ts';

/** Hash of the regtest genesis block, the tip of every new node. */
export const GENESIS = '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206';
/** Seconds since the epoch. */
export const GENESIS_TIME = 1296688602;

/** Port that all nodes listen on for peers. */
export const STUB_P2P_PORT = 18444;

/** Milliseconds from the order to dial to the connection that both ends show. */
const DIAL_MS = 5;

/** Milliseconds after which btcd dials a permanent peer again (5 s and growing), shortened for tests. */
const RETRY_MS = 60;

/** One connection; an end that has lost it silently no longer shows it. */
export interface StubLink {
  from: StubNode;
  to: StubNode;
  /** Ephemeral port of the end that dialled. */
  fromPort: number;
  permanent: boolean;
  /** The connection's number at each end that still shows it. */
  ids: Map<StubNode, number>;
  /** Seconds since the epoch. */
  since: number;
}

/** Several stubs that can reach each other. */
export class StubNetwork {
  readonly nodes = new Map<string, StubNode>();
  /** Every `onetry` and `add` that was carried out, as `from>to` addresses. */
  readonly dials: string[] = [];
  links: StubLink[] = [];
  /** When each block was made, in seconds since the epoch. */
  readonly times = new Map<string, number>();
  #nextPort = 40_000;

  /** Dials like btcd: in the background, whatever is under way to the same node already. */
  dial(from: StubNode, address: string, permanent: boolean): void {
    this.dials.push(`${from.address}>${address}`);
    this.#connectLater(from, address, permanent, DIAL_MS);
  }

  #connectLater(from: StubNode, address: string, permanent: boolean, afterMs: number): void {
    setTimeout(() => {
      const to = this.nodes.get(address);
      if (this.nodes.get(from.address) !== from) return;
      if (to !== undefined && to !== from && to.tag === from.tag) this.link(from, to, permanent);
      else if (permanent) this.#connectLater(from, address, true, RETRY_MS);
    }, afterMs).unref();
  }

  /** A connection at once; for tests that need one to be there. */
  link(from: StubNode, to: StubNode, permanent = false): StubLink {
    const link: StubLink = {
      from,
      to,
      fromPort: this.#nextPort++,
      permanent,
      ids: new Map([from, to].map((end) => [end, end.nextPeerId()])),
      since: Math.floor(Date.now() / 1000),
    };
    this.links.push(link);
    this.relay();
    return link;
  }

  /** Cut by one of its ends; the other one sees it at once. A permanent one is dialled again after a while, even if removed. */
  cut(link: StubLink): void {
    this.links = this.links.filter((other) => other !== link);
    if (link.permanent) this.#connectLater(link.from, link.to.address, true, RETRY_MS);
  }

  linksOf(node: StubNode): StubLink[] {
    return this.links.filter((link) => link.ids.has(node));
  }

  /** A node is gone: the others see it at once, or (as when its pod's network vanished) go on showing it. */
  drop(node: StubNode, silently: boolean): void {
    this.nodes.delete(node.address);
    for (const link of this.linksOf(node)) link.ids.delete(node);
    this.links = this.links.filter((link) => link.ids.size === 2 || (silently && link.ids.size > 0));
  }

  /** Whoever is connected follows the longest chain; equal heights stay as they are. */
  relay(): void {
    for (let changed = true; changed;) {
      changed = false;
      for (const link of this.links) {
        if (link.ids.size < 2) continue;
        const { from, to } = link;
        const [ahead, behind] = from.chain.length > to.chain.length ? [from, to] : [to, from];
        if (ahead.chain.length === behind.chain.length) continue;
        behind.chain = [...ahead.chain];
        changed = true;
      }
    }
  }

  /** A block on top of a node's chain, relayed; its hash. */
  mine(node: StubNode): string {
    const parent = node.chain.at(-1) ?? '';
    const hash = createHash('sha256').update(`${parent}${node.address}`).digest('hex');
    node.chain.push(hash);
    this.times.set(hash, Math.floor(Date.now() / 1000));
    this.relay();
    return hash;
  }
}
