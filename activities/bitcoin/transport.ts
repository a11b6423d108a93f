/** POSTs to the nodes of all networks: each goes to exactly the node it is meant for, over a connection that no other network or node ever shared. */
import { Client } from 'undici';
import type { NetworkAccess, NodeEndpoint } from './endpoint.ts';
import { exchange, Overdue } from './exchange.ts';
import type { Reply } from './exchange.ts';
import { handOver } from './reach.ts';
import type { Reach } from './reach.ts';
import { codeOf, faultOfConnection, RpcFault } from './rpc-fault.ts';

/** Milliseconds that an idle connection to Core is kept; its server closes after 30 s. btcd closes after each answer. */
const KEEP_ALIVE_MS = 15_000;

/** Largest answer in bytes: `getpeerinfo` is some 2 KB per peer, 1,000 mined hashes are 67 KB. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

export interface Post {
  node: NodeEndpoint;
  access: NetworkAccess;
  body: string;
  /** Requests of one lane and node queue behind each other on one connection. */
  lane: string;
  /** Milliseconds until the whole answer must be there. */
  timeoutMs: number;
  signal: AbortSignal | undefined;
}

/** A node as it is asked in one lane: it has one connection at most, and requests queue behind each other. */
interface Line {
  client: Client;
  /** Requests that are under way or wait. */
  users: number;
  /** Connections made so far. */
  connects: number;
  isOpen: boolean;
}

/**
 * What a connection depends on is its name: network, CA, pod, address, start of the container, lane. Were it the node's address alone,
 * a network that got the address of a deleted pod could be asked over the dead one's connection and with the wrong certificate
 * authority. How to get to a node is the reach's business. Not undici's Agent: whenever a connection ends, that one goes
 * through all others.
 */
export class Transport {
  readonly #lines = new Map<string, Line>();
  readonly #reach: Reach;
  #isClosed = false;

  constructor(reach: Reach) {
    this.#reach = reach;
  }

  /**
   * One POST. Throws `RpcFault`, or the signal's reason when the caller gave up. With `again`, a connection that the node had
   * closed while it was idle is replaced once: only for bodies that may be carried out twice.
   */
  async post(post: Post, again: boolean): Promise<Reply> {
    const key = lineKey(post);
    const line = this.#lines.get(key) ?? this.#open(key, post);
    line.users += 1;
    try {
      const connects = line.connects;
      try {
        return await send(line, post);
      } catch (error) {
        const reused = line.connects === connects;
        if (!again || !reused || !(error instanceof RpcFault) || error.reason !== 'Closed') throw error;
        return await send(line, post);
      }
    } finally {
      line.users -= 1;
      this.#dropIfUnused(key, line);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#lines.values()].map(({ client }) => client.destroy()));
    await this.#reach.close();
  }

  #open(key: string, { node, access: { ca } }: Post): Line {
    if (this.#isClosed) throw new RpcFault('Closed', node.pod);
    const client = new Client(`${ca === null ? 'http' : 'https'}://node:${String(node.port)}`, {
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      maxResponseSize: MAX_BODY_BYTES,
      connect: (_options, callback) => {
        line.connects += 1;
        handOver(this.#reach.connect({ node, ca }), callback);
      },
    });
    const line: Line = { client, users: 0, connects: 0, isOpen: false };
    client.on('connect', () => {
      line.isOpen = true;
    });
    client.on('disconnect', () => {
      line.isOpen = false;
      this.#dropIfUnused(key, line);
    });
    this.#lines.set(key, line);
    return line;
  }

  #dropIfUnused(key: string, line: Line): void {
    if (line.users > 0 || line.isOpen || this.#lines.get(key) !== line) return;
    this.#lines.delete(key);
    // A connection that is being made for a request that was given up is not waited for.
    void line.client.destroy();
  }
}

async function send({ client }: Line, { node, access, body, timeoutMs, signal }: Post): Promise<Reply> {
  const headers = { host: node.host, authorization: access.authorization(), 'content-type': 'application/json' };
  const reply = await exchange(client, { headers, body, timeoutMs, signal });
  if (!('error' in reply)) return reply;
  if (signal?.aborted) throw signal.reason;
  const { error, answerBegun } = reply;
  if (error instanceof Overdue) throw new RpcFault('TimedOut', node.pod, `${String(timeoutMs)} ms`);
  throw faultOfConnection(node.pod, error, answerBegun || codeOf(error) === 'UND_ERR_RES_EXCEEDED_MAX_SIZE');
}

const lineKey = ({ node, access, lane }: Post): string =>
  JSON.stringify([access.networkUid, access.ca, node.pod, node.address, node.port, node.host, node.startedAt, lane]);
