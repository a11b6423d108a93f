/** Connects stubs of Bitcoin Core by the thousand: what a node's connections are is known without looking at all of them. */
import { P2P_PORT } from '../../../workflows/names.ts';
import type { CoreLink, CoreWire } from '../../support/stub-core-wire.ts';
import type { StubCore } from '../../support/stub-core.ts';

interface IndexedLink extends CoreLink {
  from: StubCore;
  to: StubCore;
}

export class IndexedWire implements CoreWire {
  readonly #nodes = new Map<string, StubCore>();
  readonly #links = new Map<StubCore, Set<IndexedLink>>();
  #nextPort = 1024;
  /** By pair of nodes: connections between them, of which Core may have two. */
  readonly #pairs = new Map<string, number>();
  /** Nodes that have a new connection since they were asked for them last. */
  readonly #unseen = new Set<StubCore>();
  /** Pairs that were connected, and pairs that were parted, so far. */
  made = 0;
  parted = 0;
  /** `performance.now()` when the last node was asked that had something new to show. */
  seenMs = 0;

  attach(node: StubCore): void {
    this.#nodes.set(node.address, node);
  }

  detach(node: StubCore): void {
    if (this.#nodes.get(node.address) === node) this.#nodes.delete(node.address);
    for (const link of this.linksOf(node)) this.cut(link);
    this.#links.delete(node);
    this.#unseen.delete(node);
  }

  /** Pairs of nodes that are connected. */
  get edges(): number {
    return this.#pairs.size;
  }

  /** Whether every node was asked for its connections since it has a new one. */
  get isSeen(): boolean {
    return this.#unseen.size === 0;
  }

  /** A node shows its connections. */
  seen(node: StubCore): void {
    if (this.#unseen.delete(node)) this.seenMs = performance.now();
  }

  #count({ from, to }: Pick<IndexedLink, 'from' | 'to'>, change: 1 | -1): void {
    const key = [from.address, to.address].toSorted().join();
    const before = this.#pairs.get(key) ?? 0;
    if (before + change === 0) this.#pairs.delete(key);
    else this.#pairs.set(key, before + change);
    if (before === 0) this.made += 1;
    if (before + change === 0) this.parted += 1;
    if (before === 0) this.#unseen.add(from).add(to);
  }

  linksOf(node: StubCore): IndexedLink[] {
    return [...(this.#links.get(node) ?? [])];
  }

  dial(node: StubCore, target: string, { name, added }: { name: string; added: boolean }): void {
    const [host, port] = target.split(':');
    const to = this.#nodes.get(host ?? '');
    if (to === undefined || to === node || port !== String(P2P_PORT)) return;
    this.#nextPort = this.#nextPort >= 65_535 ? 1024 : this.#nextPort + 1;
    const ids = new Map([node, to].map((end) => [end, end.nextPeerId()]));
    const link = { from: node, to, fromPort: this.#nextPort, name, added, ids, since: Math.floor(Date.now() / 1000) };
    for (const end of [node, to]) this.#links.set(end, (this.#links.get(end) ?? new Set()).add(link));
    this.#count(link, 1);
    this.relay(node);
    this.relay(to);
  }

  cut(link: CoreLink): void {
    const { from, to } = link as IndexedLink;
    if (this.#links.get(from)?.delete(link as IndexedLink) !== true) return;
    this.#links.get(to)?.delete(link as IndexedLink);
    this.#count({ from, to }, -1);
    if (link.added) from.dialler.slotFreed();
  }

  relay(node: StubCore): void {
    const ahead = [node];
    for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
      for (const { from, to } of this.linksOf(next)) {
        const other = from === next ? to : from;
        if (other.adopt(next.chain)) ahead.push(other);
      }
    }
  }
}
