/** What the activities are made of, handed in by the worker (or by a test). */
import type { ResyncSettings } from '../workflows/plan.ts';
import type { PeerSync } from './bitcoin/peers.ts';
import type { Rpc } from './bitcoin/rpc.ts';
import type { Writer } from './kubernetes/writer.ts';

/** Tells workflows that something happened; the worker does it with a Temporal client. */
export interface Signals {
  /** Wakes the workflow of a network; `live`: starts it where there is none, otherwise none is told. */
  wake: (namespace: string, name: string, about: { live: boolean; why: string }) => Promise<void>;
  /** Starts the workflow of a network where there is none; adds no event where one runs. */
  ensureStarted: (namespace: string, name: string) => Promise<void>;
  /** Networks that workflows follow, as Temporal lists them: some seconds behind. */
  running: () => Promise<{ namespace: string; name: string }[]>;
}

export interface Dependencies extends Writer {
  rpc: Rpc;
  /** One for the whole process: it keeps two syncs of a network from running side by side. */
  peerSync: PeerSync;
  resync: ResyncSettings;
  /** Milliseconds after which a block is mined on a network whose newest is older; null: never. */
  tipMaxAgeMs: number | null;
  signals: Signals;
  /** Whether the Temporal namespace has the search attributes of networks: one that it has not must not be set. */
  isSearchable: () => boolean;
  /** Aborted when the worker begins to stop: whoever only waits or watches hands over to another worker at once. */
  stopping: AbortSignal;
  /** Among how many node watches the networks are divided. */
  nodeWatches: number;
}
