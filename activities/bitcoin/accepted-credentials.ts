/** Which of a network's credentials a node takes, while its nodes are replaced one after the other to take up others. */
import type { NetworkAccess, NodeEndpoint } from './endpoint.ts';
import type { Reply } from './exchange.ts';

/** HTTP status of a node that does not take the credentials. */
const UNAUTHORIZED = 401;

/** Nodes of which it is remembered, over all networks; those that were asked least lately are forgotten. */
const MAX_REMEMBERED = 10_000;

/** Remembers only the nodes that run with earlier credentials: all others take the first that they are offered. */
export class AcceptedCredentials {
  /** Value of the header by node and start of its container: one that has restarted may have read other files. */
  readonly #headers = new Map<string, string>();

  /** The first answer that is no refusal of the credentials; the last refusal when all of them are refused. */
  async firstAccepted(
    node: NodeEndpoint,
    access: NetworkAccess,
    post: (access: NetworkAccess) => Promise<Reply>,
  ): Promise<Reply> {
    const alternatives = access.alternatives();
    const [first] = alternatives;
    if (first === undefined || alternatives.length === 1) return post(access);
    const key = JSON.stringify([access.networkUid, node.pod, node.address, node.startedAt]);
    const known = this.#headers.get(key);
    const ordered = alternatives.toSorted((one, other) => rank(one, known) - rank(other, known));
    let reply: Reply | null = null;
    for (const one of ordered) {
      reply = await post(one);
      if (reply.status === UNAUTHORIZED) continue;
      this.#headers.delete(key);
      if (one !== first) this.#remember(key, one.authorization());
      break;
    }
    return reply ?? post(access);
  }

  #remember(key: string, header: string): void {
    this.#headers.set(key, header);
    const [oldest] = this.#headers.keys();
    if (oldest !== undefined && this.#headers.size > MAX_REMEMBERED) this.#headers.delete(oldest);
  }
}

const rank = (access: NetworkAccess, known: string | undefined): number => (access.authorization() === known ? 0 : 1);
