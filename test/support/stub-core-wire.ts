/** What connects stubs of Bitcoin Core, on which all regtest networks have the same magic. */
import { createHash } from 'node:crypto';
import { P2P_PORT } from '../../workflows/names.ts';
import type { StubCore } from './stub-core.ts';
import { GENESIS, GENESIS_TIME } from './stub-node-network.ts';

/** What a node gets to know of the one at the other end. */
export interface CoreEnd {
  readonly address: string;
  readonly subversion: string;
  readonly height: number;
}

/** One connection between two nodes. */
export interface CoreLink {
  from: CoreEnd;
  to: CoreEnd;
  /** Ephemeral port of the end that dialled. */
  fromPort: number;
  /** What the dialler was told to dial, to the letter: that is what its `getpeerinfo` calls the peer. */
  name: string;
  /** Opened for an entry of the list of added nodes: takes one of the dialler's slots until it is closed. */
  added: boolean;
  /** The connection's number at each end that still shows it, as far as it is known here. */
  ids: Map<CoreEnd, number>;
  /** Seconds since the epoch. */
  since: number;
}

export interface CoreWire {
  /** A node begins to listen. */
  attach(node: StubCore): void;
  /** A node is gone, and with it what it is connected to. */
  detach(node: StubCore, options?: { silently?: boolean }): void;
  linksOf(node: StubCore): CoreLink[];
  /** Connects a node to `address:port`; nothing happens where nobody listens. */
  dial(node: StubCore, target: string, how: { name: string; added: boolean }): void;
  cut(link: CoreLink): void;
  /** A node's chain has grown: whoever is connected follows the longest; equal heights stay as they are. */
  relay(node: StubCore): void;
}

/** Hex digits at the end of a block's hash that hold the time at which it was made, so that whoever has the hash has the block. */
const TIME_DIGITS = 8;

/** Hash of the block that a node makes on top of its chain. */
export function blockAfter(node: StubCore): string {
  const hash = createHash('sha256').update(`${node.tip}${node.address}${node.tag}`).digest('hex');
  const time = Math.floor(Date.now() / 1000)
    .toString(16)
    .padStart(TIME_DIGITS, '0');
  return `${hash.slice(0, -TIME_DIGITS)}${time}`;
}

/** When a block was made, in seconds since the epoch. */
export const timeOf = (hash: string): number =>
  hash === GENESIS ? GENESIS_TIME : Number.parseInt(hash.slice(-TIME_DIGITS), 16);

/** `address:port` of the two ends of a connection. */
export const diallerOf = (link: CoreLink): string => `${link.from.address}:${String(link.fromPort)}`;
export const dialledOf = (link: CoreLink): string => `${link.to.address}:${String(P2P_PORT)}`;
