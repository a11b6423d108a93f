/** The RPC methods of Bitcoin Core about peers. Source: rpc/net.cpp. */
import { numeric } from './stub-core-dialler.ts';
import { CoreRpcError } from './stub-core-error.ts';
import { diallerOf, dialledOf } from './stub-core-wire.ts';
import type { CoreLink } from './stub-core-wire.ts';
import type { StubCore } from './stub-core.ts';

/** What `getpeerinfo` and `disconnectnode` call the other end: who was dialled keeps the name it was dialled by, without a port if it had none. */
const addrOf = (node: StubCore, link: CoreLink): string => (link.from === node ? link.name : diallerOf(link));

export function peerInfo(node: StubCore, link: CoreLink): Record<string, unknown> {
  const inbound = link.to === node;
  const other = inbound ? link.from : link.to;
  const { since28 } = node;
  return {
    id: link.ids.get(node),
    addr: addrOf(node, link),
    addrbind: inbound ? dialledOf(link) : diallerOf(link),
    network: 'not_publicly_routable',
    services: '0000000000000409',
    servicesnames: ['NETWORK', 'WITNESS', 'NETWORK_LIMITED'],
    relaytxes: true,
    lastsend: link.since,
    lastrecv: link.since,
    last_transaction: 0,
    last_block: 0,
    bytessent: 1024,
    bytesrecv: 1024,
    conntime: link.since,
    timeoffset: 0,
    pingtime: 0.000512,
    minping: 0.000256,
    version: 70016,
    subver: other.subversion,
    inbound,
    ...(since28 ? { bip152_hb_to: false, bip152_hb_from: false } : {}),
    startingheight: 0,
    ...(since28 ? { presynced_headers: -1 } : {}),
    synced_headers: other.height,
    synced_blocks: other.height,
    inflight: [],
    ...(since28 ? { addr_relay_enabled: true, addr_processed: 0, addr_rate_limited: 0 } : {}),
    permissions: [],
    minfeefilter: 0,
    bytessent_per_msg: { verack: 24, version: 127 },
    bytesrecv_per_msg: { verack: 24, version: 127 },
    connection_type: inbound ? 'inbound' : 'manual',
    ...(since28 ? { transport_protocol_type: 'v1', session_id: '' } : {}),
  };
}

export function addedNodeInfo(node: StubCore, [wanted = null]: unknown[]): unknown {
  const { added } = node.dialler;
  const shown = wanted === null ? added : added.filter(({ name }) => name === wanted);
  if (wanted !== null && shown.length === 0) throw new CoreRpcError(-24, 'Error: Node has not been added.');
  return shown.map(({ name, link }) => ({
    addednode: name,
    connected: link !== null,
    addresses: link === null ? [] : [{ address: dialledOf(link), connected: 'outbound' }],
  }));
}

export function addNode(node: StubCore, [given, command]: unknown[]): null {
  const { dialler } = node;
  const name = String(given);
  switch (command) {
    case 'onetry':
      dialler.dial(name, { added: false });
      return null;
    case 'add': {
      // Since version 26 an address is the same with and without the port.
      const isSame = (entry: string): boolean =>
        entry === name || (node.since28 && numeric(entry) !== null && numeric(entry) === numeric(name));
      if (dialler.entries.some(isSame)) throw new CoreRpcError(-23, 'Error: Node already added');
      dialler.entries.push(name);
      return null;
    }
    case 'remove':
      if (!dialler.entries.includes(name)) {
        throw new CoreRpcError(-24, 'Error: Node could not be removed. It has not been added previously.');
      }
      dialler.entries = dialler.entries.filter((entry) => entry !== name);
      return null;
    default:
      throw new CoreRpcError(-1, 'addnode "node" "command"');
  }
}

export function disconnectNode(node: StubCore, [address = null, id = null]: unknown[]): null {
  const byAddress = address !== null && address !== '';
  if (byAddress === (id !== null)) {
    throw new CoreRpcError(-32602, 'Only one of address and nodeid should be provided.');
  }
  const link = node.links.find((one) => (byAddress ? addrOf(node, one) === address : one.ids.get(node) === id));
  if (link === undefined) throw new CoreRpcError(-29, 'Node not found in connected nodes');
  node.wire.cut(link);
  return null;
}
