/** Reading answers that both implementations give in the same shape, believing nothing. */
import { isIP } from 'node:net';
import { RpcFault } from '../rpc-fault.ts';
import { isRecord, resultOf } from '../rpc.ts';
import type { RpcAnswer, RpcCall } from '../rpc.ts';

export const GET_PEERS: RpcCall = { method: 'getpeerinfo', params: [] };
export const GET_CHAIN: RpcCall = { method: 'getblockchaininfo', params: [] };
export const getHeader = (hash: string): RpcCall => ({ method: 'getblockheader', params: [hash, true] });

/** `getblockheader`: when the block was made, in milliseconds since the epoch. */
export function readHeaderTime(pod: string, answer: RpcAnswer | undefined): number {
  const result = resultOf(pod, getHeader(''), answer);
  const time = isRecord(result) ? result['time'] : undefined;
  if (typeof time !== 'number' || !Number.isSafeInteger(time) || time < 0) throw bad(pod, 'time');
  return time * 1000;
}

/** `getblockchaininfo`: best height and its block hash. */
export function readChain(pod: string, answer: RpcAnswer | undefined): { height: number; tip: string } {
  const result = resultOf(pod, GET_CHAIN, answer);
  if (!isRecord(result)) throw bad(pod, 'getblockchaininfo');
  const { blocks: height, bestblockhash: tip } = result;
  if (typeof height !== 'number' || !Number.isSafeInteger(height) || height < 0) throw bad(pod, 'blocks');
  if (typeof tip !== 'string' || !/^[0-9a-f]{64}$/.test(tip)) throw bad(pod, 'bestblockhash');
  return { height, tip };
}

/** `getpeerinfo`: its entries, each with what both implementations show. */
export function readPeers(
  pod: string,
  answer: RpcAnswer | undefined,
): { id: number; addr: string; inbound: boolean; raw: Record<string, unknown> }[] {
  const result = resultOf(pod, GET_PEERS, answer);
  if (!Array.isArray(result)) throw bad(pod, 'getpeerinfo');
  return (result as unknown[]).map((raw) => {
    if (!isRecord(raw)) throw bad(pod, 'getpeerinfo');
    const { id, addr, inbound } = raw;
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) throw bad(pod, 'id');
    if (typeof addr !== 'string' || addr === '') throw bad(pod, 'addr');
    if (typeof inbound !== 'boolean') throw bad(pod, 'inbound');
    return { id, addr, inbound, raw };
  });
}

/** The host in `10.0.0.1:18444`, `[fd00::1]:18444`, `fd00::1` or `node:18444`; an IPv4 address mapped into IPv6 as IPv4. */
export function hostOf(addr: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(addr);
  const host = bracketed?.[1] ?? (isIP(addr) === 0 ? addr.replace(/:[0-9]+$/, '') : addr);
  return host.toLowerCase().replace(/^::ffff:(?=[0-9]+\.)/, '');
}

/** `host:port` as Bitcoin nodes take it: an IPv6 address stands in brackets. */
export const hostPort = (host: string, port: number): string =>
  isIP(host) === 6 ? `[${host}]:${String(port)}` : `${host}:${String(port)}`;

export const bad = (pod: string, what: string): RpcFault => new RpcFault('BadAnswer', pod, null, what);
