/** Mining blocks on one node. */
import type { Dialect } from './dialect.ts';
import { DEFAULT_MINING_ADDRESS } from './dialect.ts';
import type { NetworkAccess, NodeEndpoint } from './endpoint.ts';
import { bad, readChain } from './dialects/answers.ts';
import { RpcFault } from './rpc-fault.ts';
import { resultOf } from './rpc.ts';
import type { Rpc } from './rpc.ts';

/** Blocks that one call mines: both nodes make several hundred a second on an idle core, ten times fewer on a busy one. */
const BLOCKS_PER_CALL = 50;

/** Milliseconds for one such call. */
const MINE_TIMEOUT_MS = 30_000;

/** Its own connection, so that inspections go on meanwhile. */
const LANE = 'mining';

export interface MiningRequest {
  node: NodeEndpoint;
  access: NetworkAccess;
  dialect: Dialect;
  /** How many blocks, at least 1. */
  blocks: number;
  /** Address that is paid; `DEFAULT_MINING_ADDRESS` when left out. */
  address?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Told after every call how many blocks have been mined so far. */
  onProgress?: (mined: number) => void;
}

/**
 * Mines and returns height and tip of the node right afterwards. Not idempotent and never retried in here: an `RpcFault`
 * says in its message how many blocks are known to have been mined before it, and after `TimedOut` there may be more.
 */
export async function mineBlocks(
  { rpc }: { rpc: Rpc },
  { node, access, dialect, blocks, address = DEFAULT_MINING_ADDRESS, signal, onProgress }: MiningRequest,
): Promise<{ height: number; tip: string }> {
  let mined = 0;
  try {
    for (;;) {
      const count = Math.min(BLOCKS_PER_CALL, blocks - mined);
      const calls = [dialect.mine(node.pod, count, address), dialect.chain()];
      const [hashes, chain] = await rpc.ask(node, access, calls, { lane: LANE, timeoutMs: MINE_TIMEOUT_MS, signal });
      const made = resultOf(node.pod, calls[0], hashes);
      if (!Array.isArray(made) || made.length !== count) throw bad(node.pod, 'mined hashes');
      mined += count;
      onProgress?.(mined);
      if (mined >= blocks) return readChain(node.pod, chain);
    }
  } catch (error) {
    if (!(error instanceof RpcFault) || mined === 0) throw error;
    const progress = `after ${String(mined)} of ${String(blocks)} blocks`;
    const detail = error.detail === '' ? progress : `${error.detail}, ${progress}`;
    throw new RpcFault(error.reason, node.pod, error.code, detail);
  }
}
