/**
 * Connections to the nodes' pods through the API server: the `portforward` subresource over a websocket. Needs the rights to get
 * and to create `pods/portforward`, and no route to the pods.
 */
import { HttpMethod, RequestContext } from '@kubernetes/client-node';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'undici';
import { namespaceOf } from '../bitcoin/endpoint.ts';
import type { NodeEndpoint } from '../bitcoin/endpoint.ts';
import { ReachError } from '../bitcoin/reach.ts';
import type { Tunnels } from '../bitcoin/reach.ts';
import type { Cluster } from './cluster.ts';
import { ApiError } from './errors.ts';
import { CHANNELS, Tunnel } from './tunnel.ts';

/** Milliseconds until a tunnel must stand: some 40 on an idle machine. */
const OPEN_WITHIN_MS = 5_000;

/** Tunnels at once. Each is a connection to the API server, another one to the kubelet, and one in the pod. */
const MAX_TUNNELS = 256;

export class PortForwards implements Tunnels {
  readonly #cluster: Cluster;
  readonly #open = new Set<Tunnel>();
  readonly #waiting: (() => void)[] = [];
  readonly #closing = new AbortController();
  #free = MAX_TUNNELS;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** How many tunnels are open, or being opened. */
  get count(): number {
    return MAX_TUNNELS - this.#free;
  }

  async open(node: NodeEndpoint): Promise<Duplex> {
    await this.#enter();
    try {
      const tunnel = await this.#dial(node);
      this.#open.add(tunnel);
      tunnel.once('close', () => {
        this.#open.delete(tunnel);
        this.#leave();
      });
      return tunnel;
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const gone = [...this.#open].map((tunnel) => once(tunnel, 'close'));
    for (const tunnel of this.#open) tunnel.destroy();
    await Promise.all(gone);
  }

  async #dial(node: NodeEndpoint): Promise<Tunnel> {
    const { config } = this.#cluster;
    const path = pathOf(node);
    const url = (config.getCurrentCluster()?.server ?? '').replace(/\/+$/, '') + path;
    const context = new RequestContext(url, HttpMethod.GET);
    await config.applySecurityAuthentication(context);
    const dispatcher = context.getDispatcher();
    const timeout = AbortSignal.timeout(OPEN_WITHIN_MS);
    const socket = new WebSocket(url.replace(/^http/, 'ws'), {
      protocols: [CHANNELS],
      headers: { ...context.getHeaders(), 'user-agent': 'btcnet' },
      ...(dispatcher === undefined ? {} : { dispatcher }),
    });
    // Before it opens: what the kubelet says first may come together with the answer to the handshake.
    const tunnel = new Tunnel(socket);
    if (await opened(socket, AbortSignal.any([timeout, this.#closing.signal]))) return tunnel;
    tunnel.destroy();
    if (timeout.aborted) throw new ReachError('TimedOut', null, 'the API server');
    throw await this.#refusal(node, path);
  }

  /** A websocket does not tell why it was refused. An ordinary call is refused for the same reason, and does. */
  async #refusal(node: NodeEndpoint, path: string): Promise<ReachError> {
    const subject = { kind: 'Pod/portforward', namespace: namespaceOf(node), name: node.pod };
    try {
      // Which of the two rights is asked for depends on the version of the API server.
      for (const [method, verb] of [
        ['GET', 'get'],
        ['POST', 'create'],
      ] as const) {
        try {
          await this.#cluster.call({ method, path, subject: { ...subject, verb }, signal: this.#closing.signal });
        } catch (error) {
          // Allowed, and no websocket: that is what 400 says here.
          if (!(error instanceof ApiError) || error.status !== 400) throw error;
        }
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return refusalOf(error);
    }
    return new ReachError('Unreachable', null, 'the API server forwards no port of it');
  }

  /** Waits for a place, but not longer than whoever asks would. */
  async #enter(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const enter = (): void => {
      resolve(undefined);
    };
    this.#waiting.push(enter);
    const timer = setTimeout(() => {
      this.#waiting.splice(this.#waiting.indexOf(enter), 1);
      reject(new ReachError('TimedOut', null, `${String(MAX_TUNNELS)} tunnels are open`));
    }, OPEN_WITHIN_MS);
    await promise.finally(() => {
      clearTimeout(timer);
    });
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}

function refusalOf({ status, fault, body }: ApiError): ReachError {
  if (status === 403) return new ReachError('Forbidden', status, body?.message ?? '');
  if (status === 404) return new ReachError('Unreachable', status, 'the API server knows no such pod');
  return new ReachError('Unreachable', status ?? fault, 'the API server');
}

const pathOf = (node: NodeEndpoint): string =>
  `/api/v1/namespaces/${namespaceOf(node)}/pods/${node.pod}/portforward?ports=${String(node.port)}`;

/** Whether the socket opened in time. */
async function opened(socket: WebSocket, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const giveUp = (): void => {
    resolve(false);
  };
  socket.addEventListener('open', () => {
    resolve(true);
  });
  socket.addEventListener('close', giveUp);
  signal.addEventListener('abort', giveUp);
  if (signal.aborted) giveUp();
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
