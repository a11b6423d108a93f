/** Nodes that are connected as they should be and yet stay behind. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeLook } from './dialect.ts';
import { inspectNodes } from './inspect.ts';
import type { PeersDeps, PeersRequest } from './inspect.ts';
import { RpcFault } from './rpc-fault.ts';

/** Milliseconds in which a node that catches up has got at least one more block. */
const PROGRESS_WITHIN_MS = 2_000;

/**
 * Cuts the connections of nodes that are behind and make no progress; somebody has to connect them again. btcd asks one peer for
 * the chain, the first that it met: when that one had nothing to give (it takes itself for unconnected while its newest block is 24
 * hours old), it asks nobody else until it meets somebody new.
 *
 * @returns ordinals of the nodes whose connections were cut
 */
export async function cutLaggards(deps: PeersDeps, request: PeersRequest): Promise<number[]> {
  const { members, access, dialect, signal } = request;
  const { looks } = await inspectNodes(deps, request, members);
  const best = Math.max(...[...looks.values()].map(({ height }) => height));
  const behind = members.filter(({ ordinal }) => (looks.get(ordinal)?.height ?? best) < best);
  if (behind.length === 0) return [];
  await sleep(PROGRESS_WITHIN_MS, undefined, { signal });
  const later = await inspectNodes(deps, request, behind);
  const stuck = behind.filter(({ ordinal }) => isStuck(looks.get(ordinal), later.looks.get(ordinal)));
  await Promise.all(
    stuck.map(async (node) => {
      const calls = (later.looks.get(node.ordinal)?.peers ?? []).flatMap((peer) => dialect.disconnect(peer));
      try {
        await deps.rpc.ask(node, access, calls, { signal });
      } catch (error) {
        // It does not answer: the next look tells.
        if (!(error instanceof RpcFault)) throw error;
      }
    }),
  );
  return stuck.map(({ ordinal }) => ordinal);
}

const isStuck = (before: NodeLook | undefined, after: NodeLook | undefined): boolean =>
  before !== undefined && after?.height === before.height;
