/** JSON-RPC to Bitcoin nodes: what one node is asked in one step is one POST with an array in it. */
import { AcceptedCredentials } from './accepted-credentials.ts';
import type { NetworkAccess, NodeEndpoint } from './endpoint.ts';
import type { Reply } from './exchange.ts';
import { DirectReach } from './reach.ts';
import type { Reach } from './reach.ts';
import { faultOfStatus, RpcFault } from './rpc-fault.ts';
import { Transport } from './transport.ts';

/** Milliseconds for one answer, unless the caller says otherwise: nodes answer an inspection within some 10 ms. */
export const RPC_TIMEOUT_MS = 5_000;

/** POSTs under way at once, over all nodes and networks: 1,000 nodes take 0.2 s so, and 200 MB. */
export const MAX_CONCURRENT_POSTS = 256;

/** JSON-RPC error of Core while it loads its block index (`RPC_IN_WARMUP`). */
const IN_WARMUP = -28;

/** Characters of a node's own error message that are passed on. */
const MAX_DETAIL = 200;

export interface RpcCall {
  method: string;
  params: readonly unknown[];
}

/** Answer to one call of a batch: a result, or the node's error. */
export type RpcAnswer = { ok: true; result: unknown } | { ok: false; code: number; message: string };

export interface AskOptions {
  /** Milliseconds until the whole answer must be there; `RPC_TIMEOUT_MS` when left out. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
  /** The batch may be carried out twice: it is sent again when a kept-alive connection turns out to be closed. */
  idempotent?: boolean;
  /** Calls of different lanes do not wait for each other; mining, which can take long, has its own. */
  lane?: string;
}

/** What this folder needs of an RPC client; tests may put another in its place. */
export interface Rpc {
  /**
   * Sends the calls as one batch and returns their answers in the order of the calls. Throws `RpcFault` when the batch as
   * a whole failed, and the signal's reason when the caller gave up.
   */
  ask(node: NodeEndpoint, access: NetworkAccess, calls: readonly RpcCall[], options?: AskOptions): Promise<RpcAnswer[]>;
}

/** The RPC client of a worker: one for all its networks. */
export class RpcClient implements Rpc {
  readonly #transport: Transport;
  readonly #accepted = new AcceptedCredentials();
  /** In the order of their coming; taking the first of an array moves all others. */
  readonly #waiting = new Set<() => void>();
  #free = MAX_CONCURRENT_POSTS;
  #nextId = 1;

  /** @param reach how connections are made, to the pods' addresses unless given; closed with this client */
  constructor(reach: Reach = new DirectReach()) {
    this.#transport = new Transport(reach);
  }

  async ask(
    node: NodeEndpoint,
    access: NetworkAccess,
    calls: readonly RpcCall[],
    options: AskOptions = {},
  ): Promise<RpcAnswer[]> {
    if (calls.length === 0) return [];
    const firstId = this.#nextId;
    this.#nextId += calls.length;
    // Version 1.0: Core from 28 on leaves out `error` or `result` in answers to 2.0; the other nodes do not care.
    const batch = calls.map((call, index) => ({ jsonrpc: '1.0', id: firstId + index, ...call }));
    await this.#enter();
    try {
      options.signal?.throwIfAborted();
      const post = {
        node,
        body: JSON.stringify(batch),
        lane: options.lane ?? '',
        timeoutMs: options.timeoutMs ?? RPC_TIMEOUT_MS,
        signal: options.signal,
      };
      // A refusal of the credentials means that nothing was carried out: any batch may be sent again with others.
      const reply = await this.#accepted.firstAccepted(node, access, (one) =>
        this.#transport.post({ ...post, access: one }, options.idempotent ?? false),
      );
      return readReply(node.pod, access, reply, firstId, calls);
    } finally {
      this.#leave();
    }
  }

  /** Ends all connections; requests under way fail. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  async #enter(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}

/** The result of a call that must have succeeded; throws `RpcFault` with the node's error code otherwise. */
export function resultOf(pod: string, call: RpcCall | undefined, answer: RpcAnswer | undefined): unknown {
  if (answer === undefined) throw new RpcFault('BadAnswer', pod);
  if (answer.ok) return answer.result;
  throw new RpcFault('CallFailed', pod, answer.code, `${call?.method ?? ''}: ${answer.message}`);
}

function readReply(
  pod: string,
  access: NetworkAccess,
  { status, body }: Reply,
  firstId: number,
  calls: readonly RpcCall[],
): RpcAnswer[] {
  // Core answers 500 with a JSON error to what it does not take for a batch; of those only "still starting" has a meaning.
  if (status !== 200 && status !== 500) throw faultOfStatus(pod, status);
  const parsed = parseJson(body);
  if (isRecord(parsed) && errorCode(parsed['error']) === IN_WARMUP) throw new RpcFault('NotStarted', pod, IN_WARMUP);
  if (status !== 200) throw faultOfStatus(pod, status);
  if (!Array.isArray(parsed) || parsed.length !== calls.length) throw new RpcFault('BadAnswer', pod);

  const answers = new Map<unknown, RpcAnswer>();
  for (const entry of parsed as unknown[]) {
    if (!isRecord(entry)) throw new RpcFault('BadAnswer', pod);
    answers.set(entry['id'], readAnswer(pod, access, entry));
  }
  return calls.map((_, index) => {
    const answer = answers.get(firstId + index);
    if (answer === undefined) throw new RpcFault('BadAnswer', pod);
    return answer;
  });
}

function readAnswer(pod: string, access: NetworkAccess, entry: Record<string, unknown>): RpcAnswer {
  const error = entry['error'] ?? null;
  if (error === null) {
    if (!('result' in entry)) throw new RpcFault('BadAnswer', pod);
    return { ok: true, result: entry['result'] };
  }
  const code = errorCode(error);
  if (code === null) throw new RpcFault('BadAnswer', pod);
  if (code === IN_WARMUP) throw new RpcFault('NotStarted', pod, code);
  const message = isRecord(error) && typeof error['message'] === 'string' ? error['message'] : '';
  return { ok: false, code, message: access.redact(message).slice(0, MAX_DETAIL) };
}

function errorCode(error: unknown): number | null {
  const code = isRecord(error) ? error['code'] : null;
  return typeof code === 'number' ? code : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
