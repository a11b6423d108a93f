/** The RPC methods of btcd 0.26.2 that btcnet uses or could be tempted to use, with its words and error codes. */
import { isIP } from 'node:net';
import type { StubLink } from './stub-node-network.ts';
import { GENESIS, GENESIS_TIME, STUB_P2P_PORT } from './stub-node-network.ts';
import type { StubNode } from './stub-node.ts';

export class StubRpcError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

type ParamType = 'bool' | 'string' | 'uint32';
interface Method {
  params: [name: string, type: ParamType][];
  required: number;
  run: (node: StubNode, params: unknown[]) => unknown;
}

const unimplemented: Method['run'] = () => {
  throw new StubRpcError(-1, 'Command unimplemented');
};

const METHODS: Record<string, Method> = {
  getblockcount: { params: [], required: 0, run: (node) => node.height },
  getbestblockhash: { params: [], required: 0, run: (node) => node.tip },
  getblockchaininfo: { params: [], required: 0, run: blockchainInfo },
  getblockheader: { params: [['hash', 'string'], ['verbose', 'bool']], required: 1, run: blockHeader }, // prettier-ignore
  getpeerinfo: { params: [], required: 0, run: (node) => node.links.map((link) => peerInfo(node, link)) },
  getconnectioncount: { params: [], required: 0, run: (node) => node.links.length },
  getnetworkinfo: { params: [], required: 0, run: unimplemented },
  getaddednodeinfo: { params: [['dns', 'bool'], ['node', 'string']], required: 1, run: addedNodeInfo }, // prettier-ignore
  addnode: { params: [['addr', 'string'], ['subcmd', 'string']], required: 2, run: addNode }, // prettier-ignore
  node: { params: [['subcmd', 'string'], ['target', 'string'], ['connectsubcmd', 'string']], required: 2, run: nodeCommand }, // prettier-ignore
  generate: { params: [['numblocks', 'uint32']], required: 1, run: generate },
};

/** Result of a call; throws `StubRpcError`. */
export function callStub(node: StubNode, method: string, params: unknown[]): unknown {
  const found = METHODS[method];
  if (found === undefined) throw new StubRpcError(-32601, 'Method not found');
  checkParams(found, params);
  return found.run(node, params);
}

function checkParams({ params: known, required }: Method, params: unknown[]): void {
  if (params.length < required || params.length > known.length) {
    const range =
      required === known.length ? String(required) : `between ${String(required)} and ${String(known.length)}`;
    throw new StubRpcError(-32602, `wrong number of params (expected ${range}, received ${String(params.length)})`);
  }
  params.forEach((value, index) => {
    const [name, type] = known[index] ?? ['', 'string'];
    if (fits(value, type)) return;
    const got = typeof value === 'number' && type === 'uint32' ? `number ${String(value)}` : typeof value;
    throw new StubRpcError(-32602, `parameter #${String(index + 1)} '${name}' must be type ${type} (got ${got})`);
  });
}

function fits(value: unknown, type: ParamType): boolean {
  if (type === 'bool') return typeof value === 'boolean';
  if (type === 'string') return typeof value === 'string';
  return Number.isInteger(value) && Number(value) >= 0;
}

/** What the other end's address is to `node`, as btcd prints it. */
function addrAt(node: StubNode, link: StubLink): { addr: string; addrlocal: string; inbound: boolean } {
  const dialled = `${link.to.address}:${String(STUB_P2P_PORT)}`;
  const dialler = `${link.from.address}:${String(link.fromPort)}`;
  return link.to === node
    ? { addr: dialler, addrlocal: dialled, inbound: true }
    : { addr: dialled, addrlocal: dialler, inbound: false };
}

function peerInfo(node: StubNode, link: StubLink): Record<string, unknown> {
  const { addr, addrlocal, inbound } = addrAt(node, link);
  const other = inbound ? link.from : link.to;
  return {
    id: link.ids.get(node),
    addr,
    addrlocal,
    services: '00001101',
    relaytxes: true,
    lastsend: link.since,
    lastrecv: link.since,
    bytessent: 215,
    bytesrecv: 191,
    conntime: link.since,
    timeoffset: 0,
    pingtime: 0,
    version: 70016,
    subver: `/btcwire:0.5.0/btcd:0.26.2(${other.tag})/`,
    inbound,
    startingheight: 0,
    ...(other.height > 0 ? { currentheight: other.height } : {}),
    banscore: 0,
    feefilter: 0,
    syncnode: false,
    v2_connection: false,
  };
}

function addNode(node: StubNode, [target, command]: unknown[]): null {
  const addr = withPort(String(target));
  const permanent = node.links.filter(
    (link) => link.permanent && link.from === node && addrAt(node, link).addr === addr,
  );
  if (command === 'remove') {
    if (permanent[0] === undefined) throw new StubRpcError(-8, 'peer not found');
    node.network.cut(permanent[0]);
    return null;
  }
  if (command !== 'add' && command !== 'onetry') throw new StubRpcError(-8, 'invalid subcommand for addnode');
  if (permanent.length > 0) {
    throw new StubRpcError(-8, command === 'add' ? 'peer already connected' : 'peer exists as a permanent peer');
  }
  node.network.dial(node, addr.slice(0, addr.lastIndexOf(':')), command === 'add');
  return null;
}

function nodeCommand(node: StubNode, [command, target]: unknown[]): null {
  const text = String(target);
  if (command !== 'disconnect' && command !== 'remove') throw new StubRpcError(-8, 'invalid subcommand for node');
  const byId = /^[0-9]+$/.test(text);
  if (!byId && isIP(text) === 0 && !/^[^:]+:[0-9]+$/.test(text))
    throw new StubRpcError(-8, 'invalid address or node ID');
  const hits = node.links.filter((link) =>
    byId ? link.ids.get(node) === Number(text) : addrAt(node, link).addr === withPort(text),
  );
  const isPermanent = (link: StubLink): boolean => link.permanent && link.from === node;
  const affected = hits.filter((link) => isPermanent(link) === (command === 'remove'));
  if (affected.length === 0) {
    if (hits.length === 0) throw new StubRpcError(-8, 'peer not found');
    const other = command === 'remove' ? "can't remove a temporary peer, use disconnect" : "can't disconnect a permanent peer, use remove"; // prettier-ignore
    throw new StubRpcError(-1, other);
  }
  for (const link of affected) node.network.cut(link);
  return null;
}

function addedNodeInfo(node: StubNode, [dns, wanted]: unknown[]): unknown {
  const added = node.links
    .filter((link) => link.permanent && link.from === node)
    .map((link) => addrAt(node, link).addr);
  const shown = wanted === undefined ? added : added.filter((addr) => addr === wanted);
  if (wanted !== undefined && shown.length === 0) throw new StubRpcError(-24, 'Node has not been added');
  if (dns !== true) return shown;
  return shown.map((addr) => ({
    addednode: addr,
    connected: true,
    addresses: [{ address: addr.slice(0, addr.lastIndexOf(':')), connected: 'outbound' }],
  }));
}

function generate(node: StubNode, [count]: unknown[]): string[] {
  if (!node.mines) throw new StubRpcError(-32603, 'No payment addresses specified via --miningaddr');
  if (count === 0) throw new StubRpcError(-32603, 'Please request a nonzero number of blocks to generate.');
  return Array.from({ length: Number(count) }, () => node.network.mine(node));
}

/** Only the long form: nobody wants the bytes. Blocks of the stub are made of nothing but their time. */
function blockHeader(node: StubNode, [hash]: unknown[]): Record<string, unknown> {
  const chain = [GENESIS, ...node.chain];
  const height = chain.indexOf(String(hash));
  if (height < 0) throw new StubRpcError(-5, 'Block not found');
  return {
    hash,
    confirmations: chain.length - height,
    height,
    version: height === 0 ? 1 : 0x20000000,
    versionHex: height === 0 ? '00000001' : '20000000',
    merkleroot: height === 0 ? '4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b' : hash,
    time: node.network.times.get(String(hash)) ?? GENESIS_TIME,
    nonce: height === 0 ? 2 : 0,
    bits: '207fffff',
    difficulty: 1,
    ...(height === 0 ? { previousblockhash: '0'.repeat(64) } : { previousblockhash: chain[height - 1] }),
    ...(height + 1 < chain.length ? { nextblockhash: chain[height + 1] } : {}),
  };
}

function blockchainInfo(node: StubNode): Record<string, unknown> {
  const fork = (status: string, bit: number, activation = 0): Record<string, unknown> => ({
    status,
    bit,
    startTime: 0,
    start_time: -62135596800,
    timeout: -62135596800,
    since: 0,
    min_activation_height: activation,
  });
  return {
    chain: 'regtest',
    blocks: node.height,
    headers: node.height,
    bestblockhash: node.tip,
    difficulty: 1,
    mediantime: GENESIS_TIME,
    pruned: false,
    warnings: null,
    bip9_softforks: {
      csv: fork('active', 0),
      dummy: fork('defined', 28),
      'dummy-always-active': fork('active', 30),
      'dummy-min-activation': fork('defined', 22, 600),
      segwit: fork('active', 1),
      taproot: fork('active', 2),
    },
  };
}

const withPort = (addr: string): string => (/:[0-9]+$/.test(addr) ? addr : `${addr}:${String(STUB_P2P_PORT)}`);
