/**
 * btcd 0.26.2. Its list of added nodes is of no use: entries are not shown and cannot be removed while their dial is pending, a
 * removed one comes back after some seconds, and two adds make two connections. So btcd is told to dial once, and what
 * came of it is seen in `getpeerinfo`, which lists a peer as soon as its handshake is complete.
 * Source: btcd's rpcserver.go and server.go, and trying it.
 */
import { P2P_PORT } from '../../../workflows/names.ts';
import { DEFAULT_MINING_ADDRESS } from '../dialect.ts';
import type { Dialect } from '../dialect.ts';
import { RpcFault } from '../rpc-fault.ts';
import { GET_CHAIN, GET_PEERS, bad, getHeader, hostOf, hostPort, readChain, readPeers } from './answers.ts';

/** `-8`: no such peer (it has gone meanwhile), or it is connected already. */
const INVALID_PARAMETER = -8;

export const btcd: Dialect = {
  keepsEntries: false,
  linksPerEdge: 1,
  showsDialsAtOnce: false,

  inspect: () => [GET_PEERS, GET_CHAIN],

  look: (pod, [peers, chain]) => ({
    ...readChain(pod, chain),
    peers: readPeers(pod, peers).map(({ id, addr, inbound, raw }) => {
      const local = raw['addrlocal'];
      if (typeof local !== 'string') throw bad(pod, 'addrlocal');
      return { id, address: hostOf(addr), inbound, link: inbound ? addr : local };
    }),
    entries: null,
  }),

  dial: (target) => ({ method: 'addnode', params: [hostPort(target.address, P2P_PORT), 'onetry'] }),
  entryOf: (target) => target.address,
  keep: () => neverAdded(),
  forget: () => neverAdded(),

  // By number: an address would take every outgoing connection to that node with it. Somebody's `addnode add` made a permanent
  // peer, which only `remove` cuts; for all others it answers -8.
  disconnect: (peer) => [
    { method: 'node', params: ['disconnect', String(peer.id)] },
    { method: 'node', params: ['remove', String(peer.id)] },
  ],
  already: (code) => code === INVALID_PARAMETER,

  mine: (pod, blocks, address) => {
    // `generate` pays the addresses of `--miningaddr` in turn; there is no `generatetoaddress`.
    if (address !== DEFAULT_MINING_ADDRESS)
      throw new RpcFault('Unsupported', pod, null, 'btcd pays no address of choice');
    return { method: 'generate', params: [blocks] };
  },
  chain: () => GET_CHAIN,
  header: getHeader,
};

function neverAdded(): never {
  throw new TypeError('btcd keeps no list of nodes that could be relied upon');
}
