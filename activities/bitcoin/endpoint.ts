/** Which node is asked, and with which credentials and trust: the arguments of everything in this folder. */
import { createHash } from 'node:crypto';
import { inspect } from 'node:util';

/** One node of a network, as its pod shows it. */
export interface NodeEndpoint {
  ordinal: number;
  /** The pod's name; error messages name the node by it. */
  pod: string;
  /** IP address of the pod: dialled for RPC, and what its peers see of it. */
  address: string;
  /** TCP port of JSON-RPC. */
  port: number;
  /** Name in the node's TLS certificate: `<pod>.<service>.<namespace>.svc`. */
  host: string;
  /** When its container started (ISO 8601): one that restarted in place has forgotten its peers. Null: unknown. */
  startedAt: string | null;
}

/** The namespace of a node's pod. */
export const namespaceOf = ({ host }: NodeEndpoint): string => host.split('.')[2] ?? '';

/** What stands for a value that is not shown. */
const HIDDEN = '[hidden]';

/** Credentials and trust of one network. Whatever prints it (JSON, `console.log`, a logger, a template) shows no secret. */
export class NetworkAccess {
  readonly networkUid: string;
  readonly user: string;
  /** PEM of the certificate authority that signed the nodes' certificates; null: the nodes speak plain HTTP. */
  readonly ca: string | null;
  readonly #password: string;
  readonly #authorization: string;
  readonly #earlier: readonly { user: string; password: string }[];

  /** @param given `earlier`: credentials that some nodes may still run with, while they are replaced one after the other */
  constructor(given: {
    networkUid: string;
    user: string;
    password: string;
    ca: string | null;
    earlier?: readonly { user: string; password: string }[];
  }) {
    this.networkUid = given.networkUid;
    this.user = given.user;
    this.ca = given.ca;
    this.#password = given.password;
    this.#authorization = `Basic ${basic(given)}`;
    this.#earlier = given.earlier ?? [];
  }

  /** This access and, for nodes that run with earlier credentials, those with them; each knows all of them, to hide them. */
  alternatives(): NetworkAccess[] {
    const { networkUid, user, ca } = this;
    const all = [{ user, password: this.#password }, ...this.#earlier];
    return all.map((one, index) =>
      index === 0
        ? this
        : new NetworkAccess({ networkUid, ca, ...one, earlier: all.filter((_, other) => other !== index) }),
    );
  }

  /** Whether the nodes see no difference: the same credentials and the same trust. */
  isSame(other: NetworkAccess): boolean {
    return this.networkUid === other.networkUid && this.ca === other.ca && this.#authorization === other.#authorization;
  }

  /** Value of the `authorization` header. */
  authorization(): string {
    return this.#authorization;
  }

  /** A text that a node sent, without any credential that it may have echoed. */
  redact(text: string): string {
    const all = [{ user: this.user, password: this.#password }, ...this.#earlier];
    // The longest first: one of them may be a part of another.
    const secrets = all
      .flatMap((one) => [basic(one), one.password])
      .filter((secret) => secret !== '')
      .toSorted((one, other) => other.length - one.length);
    return secrets.reduce((result, secret) => result.replaceAll(secret, HIDDEN), text);
  }

  toJSON(): Record<string, unknown> {
    return { networkUid: this.networkUid, user: this.user, password: HIDDEN, tls: this.ca !== null };
  }

  toString(): string {
    return JSON.stringify(this);
  }

  [inspect.custom](): Record<string, unknown> {
    return this.toJSON();
  }
}

const basic = ({ user, password }: { user: string; password: string }): string =>
  Buffer.from(`${user}:${password}`).toString('base64');

/** A node's identity for peering: another address or a container that started again is another node. */
export const identityOf = (node: NodeEndpoint): string =>
  JSON.stringify([node.ordinal, node.address, node.startedAt ?? '']);

/** Digest (16 hex digits) of a set of nodes: which ordinals, where, and since when. The order given does not matter. */
export function membersDigest(members: readonly NodeEndpoint[]): string {
  const sorted = members.toSorted((one, other) => one.ordinal - other.ordinal);
  return createHash('sha256').update(sorted.map(identityOf).join('\n')).digest('hex').slice(0, 16);
}
