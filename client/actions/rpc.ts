/** One call to one node, as `bitcoin-cli` or `btcctl` would make it. */
import { ordinalOf } from '../../workflows/names.ts';
import type { Connections } from '../connection.ts';
import { BtcnetError } from '../errors.ts';
import { printed, type NetworkId } from '../network-id.ts';

export interface RpcRequest {
  /** Its ordinal, or the name of its pod. */
  node: number | string;
  method: string;
  params?: readonly unknown[] | undefined;
}

/** Throws `NOT_FOUND`, `NodeError` when the node refuses the call, `UNREACHABLE`, `TIMED_OUT`, or `REFUSED` without the rights. */
export async function rpc(
  connections: Connections,
  id: NetworkId,
  { node, method, params = [] }: RpcRequest,
  timeoutMs: number,
): Promise<unknown> {
  const ordinal = typeof node === 'number' || /^\d+$/.test(node) ? Number(node) : ordinalOf(id.name, node);
  if (ordinal === null) {
    throw new BtcnetError('NOT_FOUND', `${node} is no node of ${printed(id)}: give its ordinal or the name of its pod`);
  }
  const network = await (await connections.store()).read(id);
  return (await connections.nodes()).call(network, ordinal, { method, params }, timeoutMs);
}
