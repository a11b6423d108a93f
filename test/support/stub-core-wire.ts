/** What connects stubs of Bitcoin Core: one network of loopback addresses, on which all regtest networks have the same magic. */
import { createHash } from 'node:crypto';
import { P2P_PORT } from '../../workflows/names.ts';
import type { StubCore } from './stub-core.ts';

/** One connection between two nodes. */
export interface CoreLink {
  from: StubCore;
  to: StubCore;
  /** Ephemeral port of the end that dialled. */
  fromPort: number;
  /** What the dialler was told to dial, to the letter: that is what its `getpeerinfo` calls the peer. */
  name: string;
  /** Opened for an entry of the list of added nodes: takes one of the dialler's slots until it is closed. */
  added: boolean;
  /** The connection's number at each end that still shows it. */
  ids: Map<StubCore, number>;
  /** Seconds since the epoch. */
  since: number;
}

export class CoreWire {
  readonly #nodes = new Map<string, StubCore>();
  readonly #links = new Set<CoreLink>();
  #nextPort = 40_000;

  attach(node: StubCore): void {
    this.#nodes.set(node.address, node);
  }

  /** A node is gone: the others see it at once, or (as when its machine vanished) go on showing its connections. */
  detach(node: StubCore, { silently = false } = {}): void {
    this.#nodes.delete(node.address);
    for (const link of this.linksOf(node)) {
      link.ids.delete(node);
      if (!silently || link.ids.size === 0) this.cut(link);
    }
  }

  at(address: string): StubCore | undefined {
    return this.#nodes.get(address);
  }

  linksOf(node: StubCore): CoreLink[] {
    return [...this.#links].filter(({ ids }) => ids.has(node));
  }

  connect(from: StubCore, to: StubCore, { name, added }: { name: string; added: boolean }): void {
    this.#links.add({
      from,
      to,
      fromPort: this.#nextPort++,
      name,
      added,
      ids: new Map([from, to].map((end) => [end, end.nextPeerId()])),
      since: Math.floor(Date.now() / 1000),
    });
    this.#relay();
  }

  cut(link: CoreLink): void {
    if (this.#links.delete(link) && link.added) link.from.dialler.slotFreed();
  }

  /** A block on top of a node's chain, relayed; its hash. */
  mine(node: StubCore): string {
    const parent = node.chain.at(-1) ?? '';
    const hash = createHash('sha256').update(`${parent}${node.address}${node.tag}`).digest('hex');
    node.chain.push(hash);
    this.#relay();
    return hash;
  }

  /** Whoever is connected follows the longest chain, whichever network it belongs to; equal heights stay as they are. */
  #relay(): void {
    for (let changed = true; changed;) {
      changed = false;
      for (const { from, to, ids } of this.#links) {
        if (ids.size < 2) continue;
        const [ahead, behind] = from.chain.length > to.chain.length ? [from, to] : [to, from];
        if (ahead.chain.length === behind.chain.length) continue;
        behind.chain = [...ahead.chain];
        changed = true;
      }
    }
  }
}

/** `address:port` of the two ends of a connection. */
export const diallerOf = (link: CoreLink): string => `${link.from.address}:${String(link.fromPort)}`;
export const dialledOf = (link: CoreLink): string => `${link.to.address}:${String(P2P_PORT)}`;
