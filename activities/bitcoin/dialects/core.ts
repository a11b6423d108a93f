/**
 * Bitcoin Core, 0.21 and later. Added nodes are named, `<pod>.<service>`: the node looks the name up at every dial, so an entry
 * survives its pod. A new entry may wait a minute until it is dialled; `onetry` dials at once.
 * Source: Core's rpc/net.cpp and net.cpp, and trying it.
 */
import { P2P_PORT } from '../../../workflows/names.ts';
import type { Dialect } from '../dialect.ts';
import type { NodeEndpoint } from '../endpoint.ts';
import { isRecord, resultOf } from '../rpc.ts';
import type { RpcAnswer, RpcCall } from '../rpc.ts';
import { GET_CHAIN, GET_PEERS, bad, getHeader, hostOf, hostPort, readChain, readPeers } from './answers.ts';

/** RPC_CLIENT_NODE_ALREADY_ADDED, RPC_CLIENT_NODE_NOT_ADDED, RPC_CLIENT_NODE_NOT_CONNECTED of Core's rpc/protocol.h. */
const ALREADY: ReadonlySet<number> = new Set([-23, -24, -29]);

const GET_ENTRIES: RpcCall = { method: 'getaddednodeinfo', params: [] };

/** `<pod>.<service>`, the name that `status.nodes[].dnsName` shows, of `<pod>.<service>.<namespace>.svc`. */
const entryOf = (target: NodeEndpoint): string => target.host.split('.').slice(0, 2).join('.');

export const core: Dialect = {
  keepsEntries: true,
  // Each end dials its entry; Core tells an incoming connection from its own dial by the port, so both may stand.
  linksPerEdge: 2,
  // `onetry` answers when the connection stands or has failed (`CConnman::OpenNetworkConnection`).
  showsDialsAtOnce: true,

  inspect: () => [GET_PEERS, GET_CHAIN, GET_ENTRIES],

  look: (pod, [peers, chain, answer]) => {
    const entries = readEntries(pod, answer);
    return {
      ...readChain(pod, chain),
      peers: readPeers(pod, peers).map(({ id, addr, inbound, raw }) => {
        // Not `addrlocal`: that is what the other end says it sees.
        const bound = raw['addrbind'];
        if (!inbound && typeof bound !== 'string') throw bad(pod, 'addrbind');
        // Who was dialled is shown by the name that was dialled. Only where that led says who it is: names can be out of date.
        const address = (inbound ? null : entries.get(addr)) ?? addr;
        return { id, address: hostOf(address), inbound, link: inbound ? addr : String(bound) };
      }),
      entries: [...entries.keys()],
    };
  },

  dial: (target) => ({ method: 'addnode', params: [hostPort(target.address, P2P_PORT), 'onetry'] }),
  entryOf,
  keep: (entry) => ({ method: 'addnode', params: [entry, 'add'] }),
  forget: (entry) => ({ method: 'addnode', params: [entry, 'remove'] }),
  disconnect: (peer) => [{ method: 'disconnectnode', params: ['', peer.id] }],
  already: (code) => ALREADY.has(code),

  mine: (_pod, blocks, address) => ({ method: 'generatetoaddress', params: [blocks, address] }),
  chain: () => GET_CHAIN,
  header: getHeader,
};

/** The list of added nodes: where each entry that the node dialled is connected to, `address:port`, or null. */
function readEntries(pod: string, answer: RpcAnswer | undefined): Map<string, string | null> {
  const result = resultOf(pod, GET_ENTRIES, answer);
  if (!Array.isArray(result)) throw bad(pod, 'getaddednodeinfo');
  return new Map(
    (result as unknown[]).map((entry) => {
      const { addednode: name, addresses = [] } = isRecord(entry) ? entry : {};
      if (typeof name !== 'string') throw bad(pod, 'addednode');
      if (!Array.isArray(addresses)) throw bad(pod, 'addresses');
      const [first] = addresses as unknown[];
      const address = isRecord(first) ? first['address'] : null;
      return [name, typeof address === 'string' ? address : null];
    }),
  );
}
