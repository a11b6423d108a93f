/** What a `BitcoinNetwork` declares. Pure: no imports but from the model. */
import { MAX_NODES } from './names.ts';

export const IMPLEMENTATIONS = ['bitcoin-core', 'btcd'] as const;
export type Implementation = (typeof IMPLEMENTATIONS)[number];

/** `spec` as users write it; everything but `nodes` is optional. */
export interface NetworkSpec {
  /** How many nodes the network has, 0 to 5,000. */
  nodes: number;
  /** Secret in the network's namespace with `BC_RPC_USER` and `BC_RPC_PASSWORD`; empty: the operator makes one. */
  secret?: string;
  implementation?: Implementation;
  /** Container image of the nodes; the installation's default when empty. */
  image?: string;
  /** Hands off: nothing is created, changed or removed while true. */
  paused?: boolean;
  /** Whether a block is mined when the newest one has become old; true when left out. */
  refreshTip?: boolean;
}

/** A value of a Secret without the newline that `echo` likes to leave at its end. */
export const withoutLineEnd = (value: string): string => value.replace(/\r?\n$/, '');

/** A number of nodes as people type it (`4`, `"4"`, `{"nodes": 4}`), or what is wrong with it, naming the field. */
export function parseNodes(input: unknown): { nodes: number } | { problem: string } {
  const value = isRecord(input) ? input['nodes'] : input;
  const number = typeof value === 'string' && /^[0-9]{1,9}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number)) {
    return { problem: `nodes must be an integer from 0 to ${MAX_NODES}, not ${printed(value)}` };
  }
  if (number < 0 || number > MAX_NODES) return { problem: `nodes must be from 0 to ${MAX_NODES}, not ${number}` };
  return { nodes: number };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value as an error message may quote it: short, whatever was sent. */
function printed(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** Most blocks that one request may mine. */
export const MAX_BLOCKS = 1000;

/** What is wrong with a request to mine, naming the field; null when nothing is. */
export function mineProblem(request: unknown): string | null {
  if (!isRecord(request)) return `the request must look like {"blocks": 101}, not ${printed(request)}`;
  const { blocks, node, address } = request;
  if (!isWhole(blocks, 1, MAX_BLOCKS))
    return `blocks must be an integer from 1 to ${MAX_BLOCKS}, not ${printed(blocks)}`;
  if (node !== undefined && !isWhole(node, 0, MAX_NODES - 1)) {
    return `node must be the ordinal of a node, not ${printed(node)}`;
  }
  if (address !== undefined && (typeof address !== 'string' || !/^[a-zA-Z0-9]{20,90}$/.test(address))) {
    return `address must be a regtest address, not ${printed(address)}`;
  }
  return null;
}

const isWhole = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
