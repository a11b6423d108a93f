/** What every function that changes something in the cluster needs. */
import type { Cluster } from './cluster.ts';
import type { ClusterView } from './cluster-view.ts';
import type { Logger } from './logger.ts';
import type { NodeDefaults } from './node-defaults.ts';
import type { OwnWrites } from './own-writes.ts';

export interface Writer {
  cluster: Cluster;
  /** What is followed of the same cluster. */
  view: ClusterView;
  log: Logger;
  /** Records the versions that are written, so that the watch of the same process skips their echoes. */
  ownWrites: OwnWrites;
  defaults: NodeDefaults;
  /** Milliseconds since the epoch. */
  now: () => number;
}
