/** What one network at rest costs, from the report of the scenario `fleet`. */
import type { Costs, ProcessCosts } from './capacity.ts';
import { FLEET_NODES, fleetSizes, REST, restFigure, restFigures, type FleetPart } from './fleet-figures.ts';
import { PageError } from './page-error.ts';
import { aspectOf, type ReportedFigure, type Reports } from './reports.ts';

/**
 * By the largest number of networks, where what comes from chance weighs least: what it takes more than a control plane without any.
 *
 * @throws PageError naming the figure that there is not
 */
export function costsOf(reports: Reports): Costs {
  const networks = fleetSizes(reports).at(-1);
  if (networks === undefined) throw new PageError('fleet.json has no figures of networks at rest');
  const processCosts = (part: FleetPart): ProcessCosts => {
    const processor = restFigure(reports, networks, REST.processor(part));
    const memory = restFigure(reports, networks, REST.memory(part));
    return {
      idleCores: aspectOf(processor, 'floor') / 100,
      coresPerNetwork: perNetwork(processor, networks) / 100,
      idleMb: aspectOf(memory, 'floor'),
      mbPerNetwork: perNetwork(memory, networks),
    };
  };
  const requests = restFigures(reports, networks, REST.apiRequests);
  if (requests.length === 0) throw new PageError(`fleet.json has no figure that begins with "${REST.apiRequests}"`);
  return {
    networks,
    nodes: FLEET_NODES,
    worker: processCosts('worker'),
    temporal: processCosts('temporal'),
    apiServer: processCosts('kube-apiserver'),
    events: restFigure(reports, networks, REST.events).median,
    historyKb: restFigure(reports, networks, REST.size).median,
    apiRequestsIdlePerMinute: requests.reduce((sum, figure) => sum + aspectOf(figure, 'floor'), 0),
    apiRequestsPerMinute: requests.reduce((sum, figure) => sum + perNetwork(figure, networks), 0),
    etcdBytes: perNetwork(restFigure(reports, networks, REST.etcd), networks) * 1e6,
  };
}

/** Above the floor; noise can make that negative, networks cannot. */
const perNetwork = (figure: ReportedFigure, networks: number): number =>
  Math.max(0, aspectOf(figure, 'above')) / networks;
