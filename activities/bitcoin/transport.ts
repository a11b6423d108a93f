/**
 * One undici Agent for the nodes of all networks: a POST goes to exactly the node it is meant for, over a connection that
 * no other network or node ever shared.
 */
import { createHash } from 'node:crypto';
import { Agent, request } from 'undici';
import type { buildConnector } from 'undici';
import type { NetworkAccess, NodeEndpoint } from './endpoint.ts';
import { handOver } from './reach.ts';
import type { Reach, Target } from './reach.ts';
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

export interface Reply {
  status: number;
  body: string;
}

/** Where a made-up origin really is, while requests to it are under way. */
interface Route extends Target {
  users: number;
  connects: number;
}

/**
 * undici keeps one client, and so one connection, per origin. Were the origin the node's address, a network that got the address
 * of a deleted pod could be asked over the dead one's connection and with the wrong certificate authority. So the origin
 * is a made-up name, the hash of all that a connection depends on, and the connector looks up node and CA behind it; how
 * to get there is the reach's business.
 */
export class Transport {
  readonly #routes = new Map<string, Route>();
  readonly #reach: Reach;
  readonly #agent: Agent;

  constructor(reach: Reach) {
    this.#reach = reach;
    this.#agent = new Agent({
      connections: 1,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      maxResponseSize: MAX_BODY_BYTES,
      connect: (options, callback) => {
        this.#connect(options, callback);
      },
    });
  }

  /**
   * One POST. Throws `RpcFault`, or the signal's reason when the caller gave up. With `again`, a connection that the node had
   * closed while it was idle is replaced once: only for bodies that may be carried out twice.
   */
  async post(post: Post, again: boolean): Promise<Reply> {
    const key = originKey(post);
    const route = this.#routes.get(key) ?? { node: post.node, ca: post.access.ca, users: 0, connects: 0 };
    this.#routes.set(key, route);
    route.users += 1;
    try {
      const connects = route.connects;
      try {
        return await this.#send(key, post);
      } catch (error) {
        const reused = route.connects === connects;
        if (!again || !reused || !(error instanceof RpcFault) || error.reason !== 'Closed') throw error;
        return await this.#send(key, post);
      }
    } finally {
      route.users -= 1;
      if (route.users === 0) this.#routes.delete(key);
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
    await this.#reach.close();
  }

  async #send(key: string, post: Post): Promise<Reply> {
    const { node, access } = post;
    const deadline = AbortSignal.timeout(post.timeoutMs);
    const signal = post.signal === undefined ? deadline : AbortSignal.any([post.signal, deadline]);
    const gone = rejectionOf(signal);
    let answerBegun = false;
    try {
      const response = await gone.orElse(
        request(`${access.ca === null ? 'http' : 'https'}://${key}:${String(node.port)}/`, {
          dispatcher: this.#agent,
          method: 'POST',
          headers: { host: node.host, authorization: access.authorization(), 'content-type': 'application/json' },
          body: post.body,
          headersTimeout: post.timeoutMs,
          bodyTimeout: post.timeoutMs,
          signal,
        }),
      );
      answerBegun = true;
      return { status: response.statusCode, body: await gone.orElse(response.body.text()) };
    } catch (error) {
      if (post.signal?.aborted) throw post.signal.reason;
      if (deadline.aborted) throw new RpcFault('TimedOut', node.pod, `${String(post.timeoutMs)} ms`);
      throw faultOfConnection(node.pod, error, answerBegun || codeOf(error) === 'UND_ERR_RES_EXCEEDED_MAX_SIZE');
    } finally {
      gone.forget();
    }
  }

  #connect(options: buildConnector.Options, callback: buildConnector.Callback): void {
    const route = this.#routes.get(options.hostname);
    if (route === undefined) {
      callback(new Error('nobody asks this node any more'), null);
      return;
    }
    route.connects += 1;
    handOver(this.#reach.connect(route), callback);
  }
}

/**
 * Lets a signal end the waiting at once: undici heeds it only from the moment on at which the connection stands, and a hanging TLS
 * handshake takes the whole connect timeout. A request whose signal has fired before it was sent is never sent.
 */
function rejectionOf(signal: AbortSignal): { orElse: <T>(work: Promise<T>) => Promise<T>; forget: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const onAbort = (): void => {
    reject(signal.reason as Error);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort);
  return {
    orElse: (work) => Promise.race([work, promise]),
    forget: () => {
      signal.removeEventListener('abort', onAbort);
    },
  };
}

function originKey({ node, access, lane }: Post): string {
  const parts = [access.networkUid, access.ca, node.pod, node.address, node.port, node.host, node.startedAt, lane];
  return `${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40)}.node`;
}
