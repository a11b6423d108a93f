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

  constructor(given: { networkUid: string; user: string; password: string; ca: string | null }) {
    this.networkUid = given.networkUid;
    this.user = given.user;
    this.ca = given.ca;
    this.#password = given.password;
  }

  /** Value of the `authorization` header. */
  authorization(): string {
    return `Basic ${Buffer.from(`${this.user}:${this.#password}`).toString('base64')}`;
  }

  /** A text that a node sent, without any credential that it may have echoed. */
  redact(text: string): string {
    const secrets = [this.authorization().slice('Basic '.length), this.#password].filter((secret) => secret !== '');
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

/** A node's identity for peering: another address or a container that started again is another node. */
export const identityOf = (node: NodeEndpoint): string =>
  JSON.stringify([node.ordinal, node.address, node.startedAt ?? '']);

/** Digest (16 hex digits) of a set of nodes: which ordinals, where, and since when. The order given does not matter. */
export function membersDigest(members: readonly NodeEndpoint[]): string {
  const sorted = members.toSorted((one, other) => one.ordinal - other.ordinal);
  return createHash('sha256').update(sorted.map(identityOf).join('\n')).digest('hex').slice(0, 16);
}
