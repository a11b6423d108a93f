/** What the implementations of Bitcoin do differently. Everything else in this folder speaks only in these terms. */
import type { NodeEndpoint } from './endpoint.ts';
import type { RpcAnswer, RpcCall } from './rpc.ts';

/** Who pays nobody: the P2PKH address of 20 zero bytes on regtest. Nodes without a wallet mine to it. */
export const DEFAULT_MINING_ADDRESS = 'mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8';

/** One connection as one of its ends shows it. */
export interface Peer {
  /** The node's own number of the connection; starts again when the node does. */
  id: number;
  /** IP address of the other end. */
  address: string;
  inbound: boolean;
  /** `address:port` of the end that dialled: both ends show the same, so it names the connection. */
  link: string;
}

/** What one node says of itself in one inspection. */
export interface NodeLook {
  height: number;
  /** Block hash, 64 hex digits. */
  tip: string;
  peers: Peer[];
  /** The node's added-node list, as its entries were given; null where it has none that could be relied upon. */
  entries: string[] | null;
}

export interface Dialect {
  /** The node keeps a list of nodes that it connects to by itself (added nodes), and both ends of an edge list each other. */
  readonly keepsEntries: boolean;
  /** Connections that one edge may consist of: two where both ends dial. More are pruned. */
  readonly linksPerEdge: number;

  /** What was dialled is shown by the node that dialled as soon as it has answered: a look in the same batch shows it. */
  readonly showsDialsAtOnce: boolean;

  /** The batch that asks for all of a `NodeLook`; may be sent twice. */
  inspect(): RpcCall[];
  /** The answers to `inspect`. Throws `RpcFault` when they are not what such a node answers. */
  look(pod: string, answers: readonly RpcAnswer[]): NodeLook;

  /** Dials now. Never to be sent twice for one connection: some nodes then make two. */
  dial(target: NodeEndpoint): RpcCall;
  /** Name under which a node stands in the others' lists. */
  entryOf(target: NodeEndpoint): string;
  /** Puts a node on the list, and takes one off. Only where `keepsEntries`. */
  keep(entry: string): RpcCall;
  forget(entry: string): RpcCall;
  disconnect(peer: Peer): RpcCall[];
  /** Whether an error of `dial`, `keep`, `forget` or `disconnect` says that it was so already. */
  already(code: number): boolean;

  /** Mines blocks; the result is the list of their hashes. Throws `RpcFault` when this node cannot pay that address. */
  mine(pod: string, blocks: number, address: string): RpcCall;
  /** Asks for height and tip alone. */
  chain(): RpcCall;
  /** Asks for a block's header; `time` in it is in seconds since the epoch. */
  header(hash: string): RpcCall;
}
