/** Builders for tests with stub nodes: one certificate, endpoints, access, and a network of several running stubs. */
import { issueCertificate } from '../../activities/bitcoin/certificate.ts';
import type { IssuedCertificate } from '../../activities/bitcoin/certificate.ts';
import { NetworkAccess } from '../../activities/bitcoin/endpoint.ts';
import type { NodeEndpoint } from '../../activities/bitcoin/endpoint.ts';
import { StubNetwork } from './stub-node-network.ts';
import { StubNode } from './stub-node.ts';

/** Loopback addresses 127.77.b.1 and on; each cast of a process has its own. */
let casts = 0;

/** Stub nodes of one network, and what is needed to ask them. */
export class StubCast {
  readonly network = new StubNetwork();
  readonly nodes: StubNode[] = [];
  readonly certificate: IssuedCertificate;
  readonly access: NetworkAccess;
  readonly #subnet = `127.77.${String((process.pid + casts++) % 250)}`;

  private constructor(certificate: IssuedCertificate) {
    this.certificate = certificate;
    this.access = this.accessWith({});
  }

  static async start(count: number): Promise<StubCast> {
    const cast = new StubCast(await issueCertificate({ hosts: ['*.stub-svc.test.svc'], now: new Date() }));
    for (let ordinal = 0; ordinal < count; ordinal += 1) await cast.add();
    return cast;
  }

  /** One more node. */
  async add(options: { tag?: string; mines?: boolean } = {}): Promise<StubNode> {
    const address = `${this.#subnet}.${String(this.nodes.length + 1)}`;
    const node = await new StubNode({ address, network: this.network, tls: this.tls, ...options }).start();
    this.nodes.push(node);
    return node;
  }

  get tls(): { certificate: string; key: string } {
    return this.certificate;
  }

  accessWith(other: Partial<{ networkUid: string; user: string; password: string; ca: string | null }>): NetworkAccess {
    return new NetworkAccess({
      networkUid: 'uid-of-stubs',
      user: 'user',
      password: 'password',
      ca: this.certificate.ca,
      ...other,
    });
  }

  node(ordinal: number): StubNode {
    const node = this.nodes[ordinal];
    if (node === undefined) throw new RangeError(`there is no node ${String(ordinal)}`);
    return node;
  }

  endpoint(ordinal: number, other: Partial<NodeEndpoint> = {}): NodeEndpoint {
    const { address, port } = this.node(ordinal);
    return {
      ordinal,
      pod: `stub-sts-${String(ordinal)}`,
      address,
      port,
      host: `stub-sts-${String(ordinal)}.stub-svc.test.svc`,
      startedAt: '2026-01-01T00:00:00Z',
      ...other,
    };
  }

  /** The first so many nodes. */
  endpoints(count = this.nodes.length): NodeEndpoint[] {
    return this.nodes.slice(0, count).map((_, ordinal) => this.endpoint(ordinal));
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }
}
