/** How the scenario `fleet` names its figures. */
import { PageError } from './page-error.ts';
import { reportOf, sizesOf, type ReportedFigure, type Reports } from './reports.ts';

/** Nodes of each network. */
export const FLEET_NODES = 3;

/** The processes that are looked at: as the scenario calls them, and as the page does. */
export const FLEET_PARTS = {
  worker: 'worker',
  temporal: 'Temporal server',
  'kube-apiserver': 'API server',
} as const;
export type FleetPart = keyof typeof FLEET_PARTS;

/** The numbers of networks that were looked at while they were at rest. */
export const fleetSizes = (reports: Reports): number[] =>
  sizesOf(reports, 'fleet', /^(\d+) networks: at rest for \d+ s, processor, worker$/);

/**
 * What was measured at rest, for as long as that was.
 *
 * @throws PageError naming the figure
 */
export function restFigure(reports: Reports, networks: number, rest: string): ReportedFigure {
  const figure = atRest(reports, networks).get(rest);
  if (figure !== undefined) return figure;
  throw new PageError(`fleet.json has no figure "${networks} networks: at rest for … s, ${rest}"`);
}

/** All whose names begin so. */
export const restFigures = (reports: Reports, networks: number, beginning: string): ReportedFigure[] =>
  [...atRest(reports, networks)].filter(([rest]) => rest.startsWith(beginning)).map(([, figure]) => figure);

function atRest(reports: Reports, networks: number): Map<string, ReportedFigure> {
  const found = new Map<string, ReportedFigure>();
  for (const figure of reportOf(reports, 'fleet').scenario.figures) {
    const [, count, rest = ''] = /^(\d+) networks: at rest for \d+ s, (.*)$/.exec(figure.name) ?? [];
    if (count === String(networks)) found.set(rest, figure);
  }
  return found;
}

export const REST = {
  /** Per cent of a core, above that without any network. */
  processor: (part: FleetPart) => `processor, ${part}`,
  memory: (part: FleetPart) => `memory, ${part}`,
  /** Per network and day. */
  events: 'history of a network',
  size: 'history of a network, size',
  /** Per minute, of all networks together, one for each verb. */
  apiRequests: 'API server, ',
  etcd: 'size of etcd',
} as const;
