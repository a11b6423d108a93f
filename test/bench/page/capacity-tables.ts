/** The arithmetic of the scaling page as tables. Pure. */
import { shown } from '../report.ts';
import { planFor, type Costs, type Plan } from './capacity.ts';
import { ASSUMPTIONS } from './limits.ts';
import { markdownTable } from './tables.ts';

/** Networks that the page plans for. */
const SIZES = [1_000, 10_000, 100_000] as const;

type PlanRow = readonly [string, (plan: Plan) => number];

/** Needs, each with its unit. */
const NEEDS: readonly PlanRow[] = [
  ['pods', ({ pods }) => pods],
  ['machines for the pods', ({ machines }) => machines],
  ['clusters', ({ clusters }) => clusters],
  ['API servers, for btcnet’s own requests', ({ apiServers }) => apiServers],
  ['… their requests a second', ({ apiRequestsPerSecond }) => apiRequestsPerSecond],
  ['… their processor, cores', ({ apiServerCores }) => apiServerCores],
  ['etcd of all clusters, MB', ({ etcdMb }) => etcdMb],
  ['workers', ({ workers }) => workers],
  ['… their processor, cores', ({ workerCores }) => workerCores],
  ['… memory of each, MB, at most', ({ workerMb }) => workerMb],
  ['node watches in a cluster (`BTCNET_NODE_WATCHES`)', ({ nodeWatches }) => nodeWatches],
  ['history events a second', ({ eventsPerSecond }) => eventsPerSecond],
  ['histories, GB a day', ({ historyGbPerDay }) => historyGbPerDay],
  ['Temporal servers, cores', ({ temporalCores }) => temporalCores],
  ['history shards', ({ shards }) => shards],
];

export function planTable(costs: Costs): string {
  const plans = SIZES.map((networks) => planFor(networks, costs));
  return markdownTable(
    [`networks of ${costs.nodes} nodes, at rest`, ...SIZES.map((networks) => shown(networks))],
    NEEDS.map(([what, of]) => [what, ...plans.map((plan) => shown(of(plan)))]),
  );
}

/** How full everything would be in one cluster with one of each, fullest first. */
export function bottleneckTable(costs: Costs): string {
  const plans = SIZES.map((networks) => planFor(networks, costs));
  const cell = ({ shares }: Plan, at: number): string => {
    const { what, share, remedy } = shares[at] ?? { what: '', share: 0, remedy: '' };
    return `${what} ${shown(Number((share * 100).toPrecision(2)))} % (${remedy})`;
  };
  const places = ['fullest', 'second', 'third'];
  return markdownTable(
    ['networks', ...places],
    plans.map((plan) => [shown(plan.networks), ...places.map((_place, at) => cell(plan, at))]),
  );
}

export function assumptionTable(): string {
  return markdownTable(
    ['taken for granted', 'value', 'from'],
    ASSUMPTIONS.map(({ about, value, unit, source: { title, url } }) => [
      about,
      `${shown(value)} ${unit}`.trim(),
      url === undefined ? title : `[${title}](${url})`,
    ]),
  );
}
