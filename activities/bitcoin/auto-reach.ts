/** Which way to the nodes works from here: found out once for the whole process, and again when it changes. */
import type { Duplex } from 'node:stream';
import { namespaceOf } from './endpoint.ts';
import type { NodeEndpoint } from './endpoint.ts';
import type { Reach, Target } from './reach.ts';
import { showItself } from './shown.ts';

/** How the nodes are reached. */
export type Way = 'direct' | 'port-forward';

/**
 * Milliseconds for a connection to an address: a hundred times what it takes beside the cluster. A look gives a node a second, and
 * the other way must fit into it as well.
 */
export const AUTO_CONNECT_TIMEOUT_MS = 500;

/** Milliseconds between two trials whether addresses can be reached now; each is one connection that nobody waits for. */
const RETRY_DIRECT_MS = 30_000;

/** Nodes that are remembered to have shown themselves. */
const MAX_SHOWN = 10_000;

export interface AutoOptions {
  /** Gives up within `AUTO_CONNECT_TIMEOUT_MS`. */
  direct: Reach;
  forward: Reach;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Told whenever the way changes. */
  onWay?: ((way: Way) => void) | undefined;
}

/**
 * Direct is tried first. When that fails for a node where the other way works, the process goes the other way, and tries the
 * direct one from time to time without keeping anybody waiting. All calls share what one of them found out.
 *
 * From a machine that is no part of the cluster an address of a pod may lead to a stranger, and Bitcoin Core takes its
 * credentials in the clear. So a node that has no certificate must have shown what it is before anything is sent to its address.
 */
export class AutoReach implements Reach {
  readonly #direct: Reach;
  readonly #forward: Reach;
  readonly #now: () => number;
  readonly #onWay: ((way: Way) => void) | undefined;
  #way: Way | null = null;
  #deciding: Promise<unknown> | null = null;
  /** Nodes without certificates that have shown themselves at their addresses. */
  readonly #shown = new Set<string>();
  #directTriedAt = 0;

  constructor({ direct, forward, now, onWay }: AutoOptions) {
    this.#direct = direct;
    this.#forward = forward;
    this.#now = now;
    this.#onWay = onWay;
  }

  async connect(target: Target): Promise<Duplex> {
    if (this.#way === null) {
      if (this.#deciding === null) {
        const first = this.#tryBoth(target);
        this.#deciding = first
          .catch(() => undefined)
          .finally(() => {
            this.#deciding = null;
          });
        return first;
      }
      await this.#deciding;
    }
    if (this.#way !== 'port-forward') return this.#tryBoth(target);
    this.#retryDirect(target);
    return this.#forward.connect(target);
  }

  async close(): Promise<void> {
    await Promise.all([this.#direct.close(), this.#forward.close()]);
  }

  async #tryBoth(target: Target): Promise<Duplex> {
    const worked = this.#way === 'direct';
    try {
      const socket = await this.#directly(target);
      this.#go('direct');
      return socket;
    } catch (error) {
      try {
        return await this.#forwarded(target);
      } catch (other) {
        // Where addresses can be reached, what happened there says more than a right that nobody needs.
        throw worked ? error : other;
      }
    }
  }

  async #directly(target: Target): Promise<Duplex> {
    this.#directTriedAt = this.#now();
    const identity = identityOf(target.node);
    if (target.ca === null && !this.#shown.has(identity)) {
      await showItself(() => this.#direct.connect(target), AUTO_CONNECT_TIMEOUT_MS);
      if (this.#shown.size >= MAX_SHOWN) this.#shown.clear();
      this.#shown.add(identity);
    }
    return this.#direct.connect(target);
  }

  /** Goes this way from now on if the node is seen to answer there; an open tunnel alone does not say so. */
  async #forwarded(target: Target): Promise<Duplex> {
    const socket = await this.#forward.connect(target);
    const shown =
      target.ca !== null ||
      (await showItself(() => this.#forward.connect(target), AUTO_CONNECT_TIMEOUT_MS).then(
        () => true,
        () => false,
      ));
    if (shown) this.#go('port-forward');
    return socket;
  }

  #retryDirect(target: Target): void {
    if (this.#now() - this.#directTriedAt < RETRY_DIRECT_MS) return;
    void this.#directly(target).then(
      (socket) => {
        socket.destroy();
        this.#go('direct');
      },
      () => undefined,
    );
  }

  #go(way: Way): void {
    if (this.#way === way) return;
    this.#way = way;
    // Who answered at an address before this machine was elsewhere may be another now.
    if (way === 'port-forward') this.#shown.clear();
    this.#onWay?.(way);
  }
}

/** Another address or a container that started again has to show itself again. */
const identityOf = (node: NodeEndpoint): string =>
  JSON.stringify([namespaceOf(node), node.pod, node.address, node.port, node.startedAt]);
