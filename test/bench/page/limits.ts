/** What the arithmetic of the scaling page takes for granted: published limits, and margins of our own. */
import { MAX_ACTIVITIES } from '../../../worker/config.ts';

interface Assumption {
  value: number;
  unit: string;
  /** What it is, as the page says it. */
  about: string;
  source: { title: string; url?: string };
}

const LARGE_CLUSTERS = {
  title: 'Kubernetes: Considerations for large clusters',
  url: 'https://kubernetes.io/docs/setup/best-practices/cluster-large/',
};
const THRESHOLDS = {
  title: 'Kubernetes: scalability thresholds',
  url: 'https://github.com/kubernetes/community/blob/main/sig-scalability/configs-and-limits/thresholds.md',
};
const SCALING_TEMPORAL = {
  title: 'Temporal: Scaling Temporal, the basics',
  url: 'https://temporal.io/blog/scaling-temporal-the-basics',
};
const OWN = { title: 'our own margin' };

export const LIMITS = {
  podsPerMachine: { value: 110, unit: 'pods', about: 'most pods on a machine', source: LARGE_CLUSTERS },
  machines: { value: 5_000, unit: 'machines', about: 'most machines in a cluster', source: LARGE_CLUSTERS },
  pods: { value: 150_000, unit: 'pods', about: 'most pods in a cluster', source: LARGE_CLUSTERS },
  services: {
    value: 10_000,
    unit: 'Services',
    about: 'most Services in a cluster (a network has one)',
    source: THRESHOLDS,
  },
  etcdGib: {
    value: 8,
    unit: 'GiB',
    about: 'largest size of etcd that is advised',
    source: { title: 'etcd: system limits', url: 'https://etcd.io/docs/latest/dev-guide/limit/' },
  },
  apiSeats: {
    value: 600,
    unit: 'requests',
    about: 'most requests that an API server has under way at once, by default: 400, and 200 that change something',
    source: {
      title: 'Kubernetes: kube-apiserver',
      url: 'https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/',
    },
  },
  apiSeconds: {
    value: 1,
    unit: 's',
    about: 'longest time that 99 of 100 requests to an API server may take, by Kubernetes’ own objectives',
    source: {
      title: 'Kubernetes: API call latency',
      url: 'https://github.com/kubernetes/community/blob/main/sig-scalability/slos/api_call_latency.md',
    },
  },
  lookElsewhere: {
    value: 2,
    unit: 'times',
    about: 'requests for a look in a worker that does not hold the watch, against one in that which does',
    source: {
      title: 'btcnet: architecture',
      url: 'architecture.md#what-is-followed-and-looks-that-are-made-from-it',
    },
  },
  transitionsPerSecond: {
    value: 1_200,
    unit: 'state transitions/s',
    about: 'what a Temporal server writes with a MySQL server of 4 cores and two history services of 2 cores each',
    source: SCALING_TEMPORAL,
  },
  fewestShards: {
    value: 512,
    unit: 'shards',
    about: 'fewest history shards for production; more than 4,096 are rare, and the number cannot be changed later',
    source: SCALING_TEMPORAL,
  },
  shardWriteSeconds: {
    value: 0.01,
    unit: 's',
    about: 'time for a write to the database; those of one shard come one after the other',
    source: {
      title: 'PlanetScale: sharding in production, for the order; the time is our own assumption',
      url: 'https://planetscale.com/blog/temporal-workflows-at-scale-sharding-in-production',
    },
  },
  shardBusy: {
    value: 0.1,
    unit: '',
    about: 'part of the time in which a shard may write, so that few wait',
    source: OWN,
  },
  peak: {
    value: 10,
    unit: 'times',
    about: 'the busiest hour against one in which all networks are at rest',
    source: OWN,
  },
  transitionsPerEvent: { value: 1, unit: '', about: 'most state transitions for a history event', source: OWN },
  workerCores: {
    value: 0.5,
    unit: 'cores',
    about: 'processor that a worker is given to do, of the one core that its JavaScript can use',
    source: OWN,
  },
  workersAtLeast: { value: 2, unit: 'workers', about: 'fewest workers of a cluster, so that one can die', source: OWN },
  unsettled: {
    value: 0.1,
    unit: '',
    about: 'part of the networks that are not as declared at the same time',
    source: OWN,
  },
  dollarsPerMillion: {
    value: 50,
    unit: 'US dollars',
    about: 'price of a million actions on Temporal Cloud; less for very many',
    source: { title: 'Temporal Cloud: pricing', url: 'https://docs.temporal.io/cloud/pricing' },
  },
  unsettledPerWorker: {
    value: MAX_ACTIVITIES,
    unit: 'networks',
    about: 'most networks that one worker waits for at once',
    source: { title: 'btcnet: worker/config.ts', url: '../worker/config.ts' },
  },
} as const satisfies Record<string, Assumption>;

export const ASSUMPTIONS: readonly Assumption[] = Object.values(LIMITS);
