/** The public client library of btcnet. */
export { BtcnetClient, DEFAULT_TIMEOUTS_MS, type InNamespace, type Noting, type Waiting } from './btcnet-client.ts';
export { BtcnetError, hasCode, type ErrorCode } from './errors.ts';
export { LazyConnections, type ConnectionOptions, type Connections } from './connection.ts';
export { parseManifests, type NetworkManifest, type UnplacedManifest } from './manifest.ts';
export type { NetworkId } from './network-id.ts';
export type { Applied, ApplyOptions } from './actions/apply.ts';
export type { Deleted } from './actions/delete.ts';
export type { Described } from './actions/describe.ts';
export type { OnProgress } from './actions/progress.ts';
export type { Awaited } from './actions/wait.ts';
export type { NetworkEvent } from './kubernetes/events.ts';
export type { NetworkStore } from './kubernetes/network-store.ts';
export type { NetworkWorkflows } from './temporal/network-workflows.ts';
export type { BitcoinNetwork, Condition, NetworkStatus, NodeStatus } from '../workflows/facts.ts';
export type { Accepted, Convergence, Mined, MineRequest, NetworkDescription } from '../workflows/messages.ts';
export type { Implementation, NetworkSpec } from '../workflows/spec.ts';
