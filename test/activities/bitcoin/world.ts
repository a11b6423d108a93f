/** A Bitcoin network in memory, for tests of decisions: what both implementations show, and what orders do to it. */
import type { NodeLook, Peer } from '../../../activities/bitcoin/dialect.ts';
import type { NodeEndpoint } from '../../../activities/bitcoin/endpoint.ts';
import type { Orders } from '../../../activities/bitcoin/peering.ts';
import type { Traits } from '../../../activities/bitcoin/report.ts';

export const TIP = 'ab'.repeat(32);

export const member = (ordinal: number): NodeEndpoint => ({
  ordinal,
  pod: `net-sts-${String(ordinal)}`,
  address: `10.0.0.${String(ordinal + 1)}`,
  port: 18332,
  host: `net-sts-${String(ordinal)}.net-svc.ns.svc`,
  startedAt: '2026-01-01T00:00:00Z',
});

interface Link {
  /** Ordinals; -1 and below are strangers. */
  from: number;
  to: number;
  port: number;
  /** Ends that show it. */
  shown: Set<number>;
}

export class World {
  readonly links: Link[] = [];
  readonly entries = new Map<number, Set<string>>();
  /** `from>to` of every dial. */
  readonly dials: string[] = [];
  readonly #pending: { from: number; to: number; inRounds: number }[] = [];
  /** Rounds that a dial takes. */
  readonly #dialRounds: number;
  #port = 40_000;

  constructor(dialRounds = 1) {
    this.#dialRounds = dialRounds;
  }

  link(from: number, to: number, shown = [from, to]): void {
    this.links.push({ from, to, port: this.#port++, shown: new Set(shown) });
  }

  look(ordinal: number, traits: Traits): NodeLook {
    const peers = this.links
      .filter((link) => link.shown.has(ordinal) && (link.from === ordinal || link.to === ordinal))
      .map((link): Peer => {
        const inbound = link.to === ordinal;
        const link_ = `${addressOf(link.from)}:${String(link.port)}`;
        return { id: link.port, address: addressOf(inbound ? link.from : link.to), inbound, link: link_ };
      });
    const entries = traits.keepsEntries ? [...(this.entries.get(ordinal) ?? [])] : null;
    return { height: 5, tip: TIP, peers, entries };
  }

  /** Carries out orders, and lets the dials of earlier rounds through. */
  round(orders: ReadonlyMap<number, Orders>): void {
    for (const dial of this.#pending) if (--dial.inRounds === 0) this.link(dial.from, dial.to);
    for (const [ordinal, told] of orders) {
      for (const peer of told.disconnect) {
        const index = this.links.findIndex(
          (link) => link.port === peer.id && (link.from === ordinal || link.to === ordinal),
        );
        if (index >= 0) this.links.splice(index, 1);
      }
      const entries = this.entries.get(ordinal) ?? new Set();
      for (const entry of told.forget) entries.delete(entry);
      for (const entry of told.keep) entries.add(entry);
      this.entries.set(ordinal, entries);
      for (const target of told.dial) {
        this.dials.push(`${String(ordinal)}>${String(target.ordinal)}`);
        this.#pending.push({ from: ordinal, to: target.ordinal, inRounds: this.#dialRounds });
      }
    }
  }
}

const addressOf = (ordinal: number): string =>
  ordinal >= 0 ? `10.0.0.${String(ordinal + 1)}` : `10.9.9.${String(-ordinal)}`;
