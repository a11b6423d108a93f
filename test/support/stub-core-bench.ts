/** A cluster of Bitcoin Core networks together with what peers them, for tests of both. */
import { core } from '../../activities/bitcoin/dialects/core.ts';
import type { PeersDeps, PeersRequest } from '../../activities/bitcoin/inspect.ts';
import { PeerSync } from '../../activities/bitcoin/peers.ts';
import { RpcClient } from '../../activities/bitcoin/rpc.ts';
import type { PeersReport } from '../../workflows/observation.ts';
import { dials } from '../../workflows/topology.ts';
import { CoreCluster } from './stub-core-cast.ts';
import type { CoreCast } from './stub-core-cast.ts';

/** Milliseconds of the nodes' own clock in which their threads have dialled whatever they list. */
const ROUNDS_MS = 200_000;

export class CoreBench {
  readonly cluster = new CoreCluster();
  readonly rpc = new RpcClient();
  /** Milliseconds by which the caller's clock is ahead. */
  aheadMs = 0;
  readonly deps: PeersDeps = { rpc: this.rpc, now: () => Date.now() + this.aheadMs };
  readonly #peerSync = new PeerSync(this.deps);

  request(cast: CoreCast, other: Partial<PeersRequest> = {}): PeersRequest {
    return { members: cast.endpoints, access: cast.access, dialect: core, topology: dials, ...other };
  }

  sync(cast: CoreCast, other: Partial<PeersRequest> = {}): Promise<PeersReport> {
    return this.#peerSync.syncPeers(this.request(cast, other));
  }

  look(cast: CoreCast, other: Partial<PeersRequest> = {}): Promise<PeersReport> {
    return this.#peerSync.look(this.request(cast, other));
  }

  /** The nodes' threads get their time. */
  letNodesDial(): void {
    this.cluster.clock.advance(ROUNDS_MS);
  }

  /** As the workflow does: looks again after the nodes have dialled by themselves. */
  async settle(cast: CoreCast): Promise<PeersReport> {
    await this.sync(cast);
    this.letNodesDial();
    return await this.sync(cast);
  }

  async stop(): Promise<void> {
    await this.rpc.close();
    await this.cluster.stop();
  }
}
