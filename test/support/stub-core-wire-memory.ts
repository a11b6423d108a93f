/** Connects stubs of Bitcoin Core within one process: one network of loopback addresses, where everything happens at once. */
import { P2P_PORT } from '../../workflows/names.ts';
import type { CoreLink, CoreWire } from './stub-core-wire.ts';
import type { StubCore } from './stub-core.ts';

interface MemoryLink extends CoreLink {
  from: StubCore;
  to: StubCore;
}

export class MemoryWire implements CoreWire {
  readonly #nodes = new Map<string, StubCore>();
  readonly #links = new Set<MemoryLink>();
  #nextPort = 40_000;

  attach(node: StubCore): void {
    this.#nodes.set(node.address, node);
  }

  /** The others see it at once, or (as when its machine vanished) go on showing its connections. */
  detach(node: StubCore, { silently = false } = {}): void {
    this.#nodes.delete(node.address);
    for (const link of this.linksOf(node)) {
      link.ids.delete(node);
      if (!silently || link.ids.size === 0) this.cut(link);
    }
  }

  linksOf(node: StubCore): MemoryLink[] {
    return [...this.#links].filter(({ ids }) => ids.has(node));
  }

  dial(node: StubCore, target: string, { name, added }: { name: string; added: boolean }): void {
    const [host, port] = target.split(':');
    const to = this.#nodes.get(host ?? '');
    // Core recognises itself by the nonce of the handshake.
    if (to === undefined || to === node || port !== String(P2P_PORT)) return;
    this.#links.add({
      from: node,
      to,
      fromPort: this.#nextPort++,
      name,
      added,
      ids: new Map([node, to].map((end) => [end, end.nextPeerId()])),
      since: Math.floor(Date.now() / 1000),
    });
    this.relay();
  }

  cut(link: CoreLink): void {
    const [found] = [...this.#links].filter((one) => one === link);
    if (found === undefined) return;
    this.#links.delete(found);
    if (found.added) found.from.dialler.slotFreed();
  }

  relay(): void {
    for (let changed = true; changed;) {
      changed = false;
      for (const { from, to, ids } of this.#links) {
        if (ids.size < 2) continue;
        const [ahead, behind] = from.height > to.height ? [from, to] : [to, from];
        changed = behind.adopt(ahead.chain) || changed;
      }
    }
  }
}
