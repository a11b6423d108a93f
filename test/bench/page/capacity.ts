/** From what one network costs to what many need. Pure arithmetic; what it takes for granted stands in limits.ts. */
import { LIMITS } from './limits.ts';

const SECONDS_A_DAY = 86_400;

/** What a process takes without any network, and for each network at rest. */
export interface ProcessCosts {
  idleCores: number;
  coresPerNetwork: number;
  idleMb: number;
  mbPerNetwork: number;
}

/** What was measured of networks at rest. */
export interface Costs {
  /** How many there were. */
  networks: number;
  /** Nodes of each. */
  nodes: number;
  worker: ProcessCosts;
  temporal: ProcessCosts;
  apiServer: ProcessCosts;
  /** Per network and day. */
  events: number;
  historyKb: number;
  apiRequestsIdlePerMinute: number;
  apiRequestsPerMinute: number;
  /** Per network. */
  etcdBytes: number;
}

/** How much of a limit is used. */
export interface Share {
  what: string;
  share: number;
  /** What there can be more of. */
  remedy: string;
}

export interface Plan {
  networks: number;
  clusters: number;
  networksPerCluster: number;
  pods: number;
  machines: number;
  /** In all clusters together; and node watches, `BTCNET_NODE_WATCHES`, in each. */
  workers: number;
  nodeWatches: number;
  /** Of all workers together. */
  workerCores: number;
  /** Of each worker, if it had to hold its whole cluster. */
  workerMb: number;
  apiRequestsPerSecond: number;
  apiServers: number;
  apiServerCores: number;
  etcdMb: number;
  eventsPerSecond: number;
  temporalCores: number;
  shards: number;
  historyGbPerDay: number;
  /** With everything in one cluster, served by one worker and the smallest Temporal: the largest first. */
  shares: Share[];
}

/** @param networks of as many nodes as those that were measured */
export function planFor(networks: number, costs: Costs): Plan {
  const cluster = clusterShares(networks, costs);
  const clusters = Math.max(...cluster.map(({ share }) => Math.ceil(share)));
  const networksPerCluster = Math.ceil(networks / clusters);
  const workerCores = coresOf(costs.worker, networksPerCluster) * clusters;
  const workers = workersFor(networksPerCluster, costs) * clusters;
  const eventsPerSecond = (networks * costs.events) / SECONDS_A_DAY;
  const apiRequestsPerSecond = apiRequests(networksPerCluster, costs) * clusters;
  return {
    networks,
    clusters,
    networksPerCluster,
    pods: networks * costs.nodes,
    machines: Math.ceil((networks * costs.nodes) / LIMITS.podsPerMachine.value),
    workers,
    nodeWatches: Math.ceil(networksPerCluster / costs.networks),
    workerCores,
    workerMb: costs.worker.idleMb + costs.worker.mbPerNetwork * networksPerCluster,
    apiRequestsPerSecond,
    apiServers: Math.ceil(seatShare(networksPerCluster, costs)) * clusters,
    apiServerCores: coresOf(costs.apiServer, networksPerCluster) * clusters,
    etcdMb: (networks * costs.etcdBytes) / 1e6,
    eventsPerSecond,
    temporalCores: coresOf(costs.temporal, networks),
    shards: shardsFor(eventsPerSecond * LIMITS.transitionsPerEvent.value),
    historyGbPerDay: (networks * costs.historyKb) / 1024 ** 2,
    shares: [...cluster, ...otherShares(networks, costs, eventsPerSecond)].toSorted((a, b) => b.share - a.share),
  };
}

/** What no second API server and no second worker can help with. */
function clusterShares(networks: number, { nodes, etcdBytes }: Costs): Share[] {
  const remedy = 'another cluster';
  const pods = networks * nodes;
  const machines = Math.ceil(pods / LIMITS.podsPerMachine.value);
  return [
    { what: 'number of Services', share: networks / LIMITS.services.value, remedy },
    { what: 'number of pods', share: pods / LIMITS.pods.value, remedy },
    { what: 'number of machines', share: machines / LIMITS.machines.value, remedy },
    { what: 'size of etcd', share: (networks * etcdBytes) / (LIMITS.etcdGib.value * 2 ** 30), remedy },
  ];
}

function otherShares(networks: number, costs: Costs, eventsPerSecond: number): Share[] {
  const transitions = eventsPerSecond * LIMITS.transitionsPerEvent.value;
  return [
    { what: 'API server', share: seatShare(networks, costs), remedy: 'another API server' },
    {
      what: 'worker',
      share: coresOf(costs.worker, networks) / LIMITS.workerCores.value,
      remedy: 'another worker',
    },
    {
      what: 'database of Temporal',
      share: transitions / LIMITS.transitionsPerSecond.value,
      remedy: 'a larger database',
    },
  ];
}

const coresOf = ({ idleCores, coresPerNetwork }: ProcessCosts, networks: number): number =>
  idleCores + coresPerNetwork * networks;

/** A second, in one cluster. The one worker that was measured held the watch; now all workers have as many networks. */
function apiRequests(networks: number, costs: Costs): number {
  const workers = workersFor(networks, costs);
  const elsewhere = 1 + ((workers - 1) / workers) * (LIMITS.lookElsewhere.value - 1);
  return (costs.apiRequestsIdlePerMinute + costs.apiRequestsPerMinute * elsewhere * networks) / 60;
}

/** Requests that are under way at once, if each took as long as it may, of those that one API server takes. */
const seatShare = (networks: number, costs: Costs): number =>
  (apiRequests(networks, costs) * LIMITS.peak.value * LIMITS.apiSeconds.value) / LIMITS.apiSeats.value;

function workersFor(networks: number, { worker }: Costs): number {
  const { workerCores, workersAtLeast, unsettled, unsettledPerWorker } = LIMITS;
  return Math.max(
    workersAtLeast.value,
    Math.ceil(coresOf(worker, networks) / workerCores.value),
    Math.ceil((networks * unsettled.value) / unsettledPerWorker.value),
  );
}

/** A power of two, as many as leave a shard idle most of the time in the busiest hour. */
export function shardsFor(transitionsPerSecond: number): number {
  const { peak, shardBusy, shardWriteSeconds, fewestShards } = LIMITS;
  const perShard = shardBusy.value / shardWriteSeconds.value;
  const needed = (transitionsPerSecond * peak.value) / perShard;
  return Math.max(fewestShards.value, 2 ** Math.ceil(Math.log2(Math.max(1, needed))));
}
