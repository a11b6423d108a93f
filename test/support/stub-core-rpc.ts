/** JSON-RPC as Bitcoin Core speaks it: what is an error of HTTP, what of a call, and what version 28 changed. */
import { callCore } from './stub-core-calls.ts';
import { CoreRpcError } from './stub-core-error.ts';
import { jsonReply } from './stub-core-http.ts';
import type { CoreReply } from './stub-core-http.ts';
import type { StubCore } from './stub-core.ts';

const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const METHOD_NOT_FOUND = -32601;
const IN_WARMUP = -28;

interface Outcome {
  result?: unknown;
  error?: { code: number; message: string };
  /** Undefined: the request had none. */
  id: unknown;
  v2: boolean;
}

/** Answers one POST. */
export function answerRpc(node: StubCore, body: string): CoreReply {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return failure('Parse error');
  }
  if (typeof parsed !== 'object' || parsed === null) return failure('Top-level object parse error');
  if (Array.isArray(parsed)) {
    const outcomes = parsed.map((entry) => execute(node, entry)).filter((outcome) => !isNotification(outcome));
    if (outcomes.length === 0 && parsed.length > 0) return { status: 204, body: '' };
    return jsonReply(200, `[${outcomes.map(serialize).join(',')}]\n`);
  }
  const outcome = execute(node, parsed);
  if (isNotification(outcome)) return { status: 204, body: '' };
  return jsonReply(outcome.v2 ? 200 : statusOf(outcome), `${serialize(outcome)}\n`);
}

const failure = (message: string): CoreReply =>
  jsonReply(500, `${serialize({ error: { code: PARSE_ERROR, message }, id: null, v2: false })}\n`);

const isNotification = ({ v2, id }: Outcome): boolean => v2 && id === undefined;

function statusOf({ error }: Outcome): number {
  if (error === undefined) return 200;
  if (error.code === INVALID_REQUEST) return 400;
  return error.code === METHOD_NOT_FOUND ? 404 : 500;
}

function serialize({ result = null, error, id = null, v2 }: Outcome): string {
  if (!v2) return JSON.stringify({ result: error === undefined ? result : null, error: error ?? null, id });
  return JSON.stringify({ jsonrpc: '2.0', ...(error === undefined ? { result } : { error }), id });
}

function execute(node: StubCore, entry: unknown): Outcome {
  const outcome: Outcome = { id: null, v2: false };
  try {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      throw new CoreRpcError(INVALID_REQUEST, 'Invalid Request object');
    }
    const { jsonrpc, id, method, params } = entry as Record<string, unknown>;
    outcome.id = id;
    if (node.since28) outcome.v2 = isVersion2(jsonrpc);
    if (method === undefined || method === null) throw new CoreRpcError(INVALID_REQUEST, 'Missing method');
    if (typeof method !== 'string') throw new CoreRpcError(INVALID_REQUEST, 'Method must be a string');
    const given = params ?? [];
    if (typeof given !== 'object') throw new CoreRpcError(INVALID_REQUEST, 'Params must be an array or object');
    if (node.state === 'warmup') {
      throw new CoreRpcError(IN_WARMUP, node.since28 ? 'Loading block index…' : 'Loading block index...');
    }
    node.calls.push(method);
    node.onCall(method);
    outcome.result = callCore(node, method, given as unknown[] | Record<string, unknown>);
  } catch (thrown) {
    if (!(thrown instanceof CoreRpcError)) throw thrown;
    outcome.error = { code: thrown.code, message: thrown.message };
  }
  return outcome;
}

function isVersion2(jsonrpc: unknown): boolean {
  if (jsonrpc === undefined || jsonrpc === null || jsonrpc === '1.0') return false;
  if (jsonrpc === '2.0') return true;
  if (typeof jsonrpc !== 'string') throw new CoreRpcError(INVALID_REQUEST, 'jsonrpc field must be a string');
  throw new CoreRpcError(INVALID_REQUEST, 'JSON-RPC version not supported');
}
