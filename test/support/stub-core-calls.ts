/** The RPC methods of Bitcoin Core that btcnet uses or could be tempted to use, with its words and error codes. */
import { CoreRpcError } from './stub-core-error.ts';
import type { StubCore } from './stub-core.ts';
import { addedNodeInfo, addNode, disconnectNode, peerInfo } from './stub-core-peers.ts';
import { timeOf } from './stub-core-wire.ts';
import { GENESIS } from './stub-node-network.ts';

type ParamType = 'boolean' | 'string' | 'number';
interface Method {
  params: [name: string, type: ParamType][];
  required: number;
  run: (node: StubCore, params: unknown[]) => unknown;
}

const METHODS: Record<string, Method> = {
  getblockcount: { params: [], required: 0, run: (node) => node.height },
  getbestblockhash: { params: [], required: 0, run: (node) => node.tip },
  getblockchaininfo: { params: [], required: 0, run: blockchainInfo },
  getblockheader: { params: [['blockhash', 'string'], ['verbose', 'boolean']], required: 1, run: blockHeader }, // prettier-ignore
  getconnectioncount: { params: [], required: 0, run: (node) => node.links.length },
  getpeerinfo: { params: [], required: 0, run: (node) => node.links.map((link) => peerInfo(node, link)) },
  getaddednodeinfo: { params: [['node', 'string']], required: 0, run: addedNodeInfo },
  addnode: { params: [['node', 'string'], ['command', 'string']], required: 2, run: addNode }, // prettier-ignore
  disconnectnode: { params: [['address', 'string'], ['nodeid', 'number']], required: 0, run: disconnectNode }, // prettier-ignore
  stop: { params: [], required: 0, run: (node) => node.leave() },
  generatetoaddress: { params: [['nblocks', 'number'], ['address', 'string'], ['maxtries', 'number']], required: 2, run: generate }, // prettier-ignore
};

/** Result of a call; throws `CoreRpcError`. */
export function callCore(node: StubCore, method: string, given: unknown[] | Record<string, unknown>): unknown {
  const found = METHODS[method];
  if (method === 'generate') {
    const gone = 'generate\n\nhas been replaced by the -generate cli option. Refer to -help for more information.\n';
    throw new CoreRpcError(-32601, gone);
  }
  if (found === undefined) throw new CoreRpcError(-32601, 'Method not found');
  const params = Array.isArray(given) ? given : byName(found, given);
  if (params.length < found.required || params.length > found.params.length) {
    throw new CoreRpcError(-1, [method, ...found.params.map(([name]) => name)].join(' '));
  }
  params.forEach((value, index) => {
    const [name, type] = found.params[index] ?? ['', 'string'];
    if (typeof value === type || (value === null && index >= found.required)) return;
    const got = typeof value === 'boolean' ? 'bool' : value === null ? 'null' : typeof value;
    // From version 24 on the answer names all parameters that are wrong; older ones stop at the first.
    throw node.since28
      ? new CoreRpcError(-3, `Wrong type passed:\n${JSON.stringify({ [`Position ${String(index + 1)} (${name})`]: `JSON value of type ${got} is not of expected type ${type}` }, null, 4)}`) // prettier-ignore
      : new CoreRpcError(-1, type === 'number' ? 'JSON value is not an integer as expected' : `JSON value is not a ${type} as expected`); // prettier-ignore
  });
  return found.run(node, params);
}

/** Named parameters in their order; those left out are null, trailing ones are left out. */
function byName({ params }: Method, given: Record<string, unknown>): unknown[] {
  const unknown = Object.keys(given).find((name) => !params.some(([known]) => known === name));
  if (unknown !== undefined) throw new CoreRpcError(-8, `Unknown named parameter ${unknown}`);
  const last = params.findLastIndex(([name]) => name in given);
  return params.slice(0, last + 1).map(([name]) => given[name] ?? null);
}

/** Addresses of regtest, judged by their looks alone. */
const ADDRESS = /^([mn2][1-9A-HJ-NP-Za-km-z]{25,34}|bcrt1[02-9ac-hj-np-z]{11,71})$/;

function generate(node: StubCore, [count, address]: unknown[]): string[] {
  if (!ADDRESS.test(String(address))) throw new CoreRpcError(-5, 'Error: Invalid address');
  return Array.from({ length: Number(count) }, () => node.mine());
}

/** Only the long form: nobody wants the bytes. */
function blockHeader(node: StubCore, [hash]: unknown[]): Record<string, unknown> {
  const text = String(hash);
  if (text.length !== 64) {
    throw new CoreRpcError(-8, `blockhash must be of length 64 (not ${String(text.length)}, for '${text}')`);
  }
  const chain = [GENESIS, ...node.chain];
  const height = chain.indexOf(text);
  if (height < 0) throw new CoreRpcError(-5, 'Block not found');
  return {
    hash: text,
    confirmations: chain.length - height,
    height,
    version: height === 0 ? 1 : 0x20000000,
    versionHex: height === 0 ? '00000001' : '20000000',
    merkleroot: height === 0 ? '4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b' : text,
    time: timeOf(text),
    mediantime: timeOf(chain[Math.max(0, height - 5)] ?? GENESIS),
    nonce: height === 0 ? 2 : 0,
    bits: '207fffff',
    difficulty: 4.656542373906925e-10,
    chainwork: (2 * (height + 1)).toString(16).padStart(64, '0'),
    nTx: 1,
    ...(height > 0 ? { previousblockhash: chain[height - 1] } : {}),
    ...(height + 1 < chain.length ? { nextblockhash: chain[height + 1] } : {}),
  };
}

/** Also what `/rest/chaininfo.json` answers. */
export function blockchainInfo(node: StubCore): Record<string, unknown> {
  const { height, tip, since28 } = node;
  const time = timeOf(tip);
  const buried = { type: 'buried', active: true, height: 0 };
  return {
    chain: 'regtest',
    blocks: height,
    headers: height,
    bestblockhash: tip,
    difficulty: 4.656542373906925e-10,
    ...(since28 ? { time } : {}),
    mediantime: timeOf([GENESIS, ...node.chain].at(-6) ?? GENESIS),
    verificationprogress: 1,
    initialblockdownload: height === 0,
    chainwork: (2 * (height + 1)).toString(16).padStart(64, '0'),
    size_on_disk: 293 * (height + 1),
    pruned: false,
    ...(since28
      ? { warnings: [] }
      : { softforks: { bip34: buried, bip66: buried, bip65: buried, csv: buried, segwit: buried }, warnings: '' }),
  };
}
