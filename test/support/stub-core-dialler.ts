/** The list of added nodes of Bitcoin Core and the thread that dials them. Source: `CConnman` in Core's net.cpp. */
import { isIPv4 } from 'node:net';
import { P2P_PORT } from '../../workflows/names.ts';
import type { CoreClock } from './stub-core-clock.ts';
import type { CoreLink } from './stub-core-wire.ts';
import { dialledOf } from './stub-core-wire.ts';
import type { StubCore } from './stub-core.ts';

/** Connections to added nodes that a node opens (`MAX_ADDNODE_CONNECTIONS`). */
const SLOTS = 8;

/** Milliseconds until the next round, after one that dialled nobody and after one that did; and between two dials. */
const IDLE_MS = 2_000;
const TRIED_MS = 60_000;
const BETWEEN_MS = 500;

/** Tells the address that a name has now; null: none. */
export type Resolver = (name: string, tell: (address: string | null) => void) => void;

export interface AddedNode {
  name: string;
  /** Connection that Core takes for this entry's: an entry that is a name has only those that were dialled by it. */
  link: CoreLink | null;
}

export class CoreDialler {
  /** Entries as they were given, in order. */
  entries: string[] = [];
  /** Whatever was dialled, as it was given. */
  readonly dials: string[] = [];
  readonly #node: StubCore;
  readonly #clock: CoreClock;
  readonly #resolve: Resolver;
  #callOff: (() => void) | null = null;
  #waitsForSlot = false;

  constructor(node: StubCore, clock: CoreClock, resolve: Resolver) {
    this.#node = node;
    this.#clock = clock;
    this.#resolve = resolve;
  }

  start(): void {
    this.#round();
  }

  /** The process ended: nothing of this was ever written down. */
  stop(): void {
    this.#callOff?.();
    this.#callOff = null;
    this.#waitsForSlot = false;
    this.entries = [];
  }

  get added(): AddedNode[] {
    const links = this.#node.links;
    return this.entries.map((name) => {
      const address = numeric(name);
      const isIts = (link: CoreLink): boolean =>
        link.from === this.#node && (address === null ? link.name === name : dialledOf(link) === address);
      return { name, link: links.find(isIts) ?? null };
    });
  }

  /** Dials at once, unless there is a connection by that name or from here to the address behind it. */
  dial(name: string, { added }: { added: boolean }): void {
    this.dials.push(name);
    const outbound = (): CoreLink[] => this.#node.links.filter(({ from }) => from === this.#node);
    if (outbound().some((link) => link.name === name)) return;
    const [host = '', port = String(P2P_PORT)] = name.split(':');
    const connect = (address: string | null): void => {
      const target = `${address ?? ''}:${port}`;
      if (address === null || outbound().some((link) => dialledOf(link) === target)) return;
      this.#node.wire.dial(this.#node, target, { name, added });
    };
    if (isIPv4(host)) connect(host);
    else this.#resolve(host, connect);
  }

  /** A connection to an added node was closed: the thread may wait for that. */
  slotFreed(): void {
    if (!this.#waitsForSlot) return;
    this.#waitsForSlot = false;
    this.#callOff = this.#clock.after(0, () => {
      this.#round();
    });
  }

  #round(): void {
    if (!this.#hasSlot) {
      this.#waitsForSlot = true;
      return;
    }
    const missing = this.added.filter(({ link }) => link === null).map(({ name }) => name);
    this.#dialNext(missing, missing.length > 0);
  }

  #dialNext([next, ...rest]: string[], tried: boolean): void {
    const more = next !== undefined && this.#hasSlot;
    if (more) this.dial(next, { added: true });
    this.#callOff = this.#clock.after(more ? BETWEEN_MS : tried ? TRIED_MS : IDLE_MS, () => {
      if (more) this.#dialNext(rest, tried);
      else this.#round();
    });
  }

  get #hasSlot(): boolean {
    return this.#node.links.filter(({ from, added }) => added && from === this.#node).length < SLOTS;
  }
}

/** `address:port` of an entry that is an address, with or without a port; null: it is a name. */
export function numeric(name: string): string | null {
  const [host, port] = name.split(':');
  return isIPv4(host ?? '') ? `${host ?? ''}:${port ?? String(P2P_PORT)}` : null;
}
