/** What has to be remembered between two looks at one network, so that nothing is dialled twice or cut too early. */
import type { Peer } from './dialect.ts';
import { confirmedLinks } from './edges.ts';
import type { Edges } from './edges.ts';
import { identityOf } from './endpoint.ts';
import type { NodeEndpoint } from './endpoint.ts';
import type { Memory } from './peering.ts';

/**
 * Milliseconds until a pair is dialled again that was dialled in vain, doubling from the first to the last: btcd gives a dial 30 s
 * and then the handshake 30 s, but nearly all that fail do so at once. A duplicate from a late success is pruned.
 */
const REDIAL_FIRST_MS = 5_000;
const REDIAL_LAST_MS = 30_000;

/** Milliseconds for which a connection may be shown by one end only: the other end's handshake takes some 10 ms. */
const HALF_SEEN_MS = 1_000;

/** Milliseconds after which nothing remembered matters any more. */
const FORGET_MS = 120_000;

/** One network's memory; times are milliseconds since the epoch. */
export class PeeringMemory implements Memory {
  readonly #dials = new Map<string, { at: number; times: number }>();
  readonly #halfSeen = new Map<string, { since: number; at: number }>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes in what the nodes showed just now. */
  see(members: readonly NodeEndpoint[], { pairs }: Edges): void {
    const now = this.#now();
    const byOrdinal = new Map(members.map((member) => [member.ordinal, member]));
    const halfSeen = new Set<string>();
    for (const pair of pairs) {
      const [low, high] = [byOrdinal.get(pair.low), byOrdinal.get(pair.high)];
      if (low === undefined || high === undefined) continue;
      const [atLow, atHigh] = [pair.atLow ?? [], pair.atHigh ?? []];
      if (this.#dials.size > 0 && atLow.length + atHigh.length > 0) this.#dials.delete(pairKey(low, high));
      const confirmed = confirmedLinks(pair);
      if (confirmed.length === atLow.length && confirmed.length === atHigh.length) continue;
      for (const [node, peers] of [
        [low, atLow],
        [high, atHigh],
      ] as const) {
        for (const peer of peers) if (!confirmed.includes(peer.link)) halfSeen.add(linkKey(node, peer));
      }
    }
    for (const key of this.#halfSeen.keys()) if (!halfSeen.has(key)) this.#halfSeen.delete(key);
    for (const key of halfSeen) this.#halfSeen.set(key, { since: this.#halfSeen.get(key)?.since ?? now, at: now });
    for (const [key, dial] of this.#dials) if (now - dial.at > FORGET_MS) this.#dials.delete(key);
  }

  /** A dial of this pair is about to be sent. */
  dialled(from: NodeEndpoint, to: NodeEndpoint): void {
    const key = pairKey(from, to);
    this.#dials.set(key, { at: this.#now(), times: (this.#dials.get(key)?.times ?? 0) + 1 });
  }

  mayDial(from: NodeEndpoint, to: NodeEndpoint): boolean {
    const last = this.#dials.get(pairKey(from, to));
    if (last === undefined) return true;
    return this.#now() - last.at >= Math.min(REDIAL_LAST_MS, REDIAL_FIRST_MS * 2 ** (last.times - 1));
  }

  isStale(node: NodeEndpoint, peer: Peer): boolean {
    const seen = this.#halfSeen.get(linkKey(node, peer));
    return seen !== undefined && seen.at - seen.since >= HALF_SEEN_MS;
  }

  /** Nothing is remembered that could still matter. */
  get blank(): boolean {
    const now = this.#now();
    return [...this.#dials.values(), ...this.#halfSeen.values()].every(({ at }) => now - at > FORGET_MS);
  }
}

/** The same whoever dials. */
const pairKey = (one: NodeEndpoint, other: NodeEndpoint): string =>
  [identityOf(one), identityOf(other)].toSorted().join();

const linkKey = (node: NodeEndpoint, peer: Peer): string => `${identityOf(node)}${peer.link}`;
