/** The RPC methods of Bitcoin Core that btcnet uses or could be tempted to use, with its words and error codes. */
import { CoreRpcError } from './stub-core-error.ts';
import type { StubCore } from './stub-core.ts';
import { addedNodeInfo, addNode, disconnectNode, peerInfo } from './stub-core-peers.ts';

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

/** Also what `/rest/chaininfo.json` answers. */
export function blockchainInfo(node: StubCore): Record<string, unknown> {
  const { height, tip, since28 } = node;
  const time = 1296688602 + height;
  const buried = { type: 'buried', active: true, height: 0 };
  return {
    chain: 'regtest',
    blocks: height,
    headers: height,
    bestblockhash: tip,
    difficulty: 4.656542373906925e-10,
    ...(since28 ? { time } : {}),
    mediantime: time,
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
