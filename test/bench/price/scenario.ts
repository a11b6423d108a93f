/** What networks add to their histories, in events and in billable actions: at rest, and while somebody is at work on them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { networkWorkflowId, podName } from '../../../workflows/names.ts';
import type { Written } from '../fake-cluster/histories.ts';
import { declareAll, type Fleet, type Networks, networksOf, scale, startFleet, untilPeered } from '../fleet/fleet.ts';
import { NAMESPACE } from '../peering/networks.ts';
import type { BenchContext, Figure, Size } from '../scenario.ts';
import { actionsIn } from './actions.ts';
import { actionsOfInstallation, DAY_MS, type Price, priceAtRest } from './rule.ts';

interface Settings {
  /** Networks at rest: how many of three nodes, and how many of how many. */
  small: number;
  large: { networks: number; nodes: number };
  busy: number;
  /** Rounds of changes: in each every busy network is scaled, and later loses a pod. */
  rounds: number;
  /** Milliseconds of a round. */
  roundMs: number;
}

const SETTINGS: Readonly<Record<Size, Settings>> = {
  full: { small: 50, large: { networks: 5, nodes: 100 }, busy: 3, rounds: 10, roundMs: 60_000 },
  smoke: { small: 1, large: { networks: 1, nodes: 12 }, busy: 1, rounds: 2, roundMs: 6_000 },
};

const NODES = 3;
const MONTH_DAYS = 30;
/** Networks of an installation for which a month is added up. */
const FLEETS = [1_000, 10_000];

export async function price({ size, note }: BenchContext): Promise<Figure[]> {
  const bench = await startFleet(note);
  try {
    return await measure(bench, SETTINGS[size], note);
  } finally {
    await bench.stop();
  }
}

async function measure(bench: Fleet, settings: Settings, note: (text: string) => void): Promise<Figure[]> {
  const { small, large, busy, rounds, roundMs } = settings;
  const groups = {
    small: networksOf(small, 'small', NODES),
    large: networksOf(large.networks, 'large', large.nodes),
    busy: networksOf(busy, 'busy', NODES),
  };
  const all = Object.values(groups).flat();
  note(`${all.length} networks are made`);
  await declareAll(bench, all);
  await untilPeered(bench, all);
  note(`${rounds} rounds of changes, of ${roundMs / 1000} s each; most networks stay at rest`);
  const sinceMs = Date.now();
  for (let round = 0; round < rounds; round += 1) {
    const end = sleep(roundMs);
    await work(bench, groups.busy, round, roundMs / 2);
    await end;
  }
  const untilMs = Date.now();
  const read = (networks: Networks): Promise<Written[][]> => {
    const workflows = networks.map(({ name }) => networkWorkflowId(NAMESPACE, name));
    return bench.histories.between(workflows, sinceMs, untilMs);
  };
  const days = (untilMs - sinceMs) / DAY_MS;
  const figures: Figure[] = [{ name: 'measured for', unit: 's', runs: [Math.round((untilMs - sinceMs) / 1000)] }];
  const smallDay = daily(await read(groups.small), days);
  tellRest(figures, `at rest, ${NODES} nodes`, smallDay, priceAtRest(NODES));
  tellRest(figures, `at rest, ${large.nodes} nodes`, daily(await read(groups.large), days), priceAtRest(large.nodes));
  tellBusy(figures, await read(groups.busy), settings, days);
  const installation = actionsOfInstallation() * MONTH_DAYS;
  figures.push({ name: 'installation without a network, by rule', unit: 'actions/month', runs: [installation] });
  for (const networks of FLEETS) {
    const month = installation + networks * priceAtRest(NODES).actions * MONTH_DAYS;
    const name = `installation with ${networks.toLocaleString('en')} networks of ${NODES} nodes at rest, by rule`;
    figures.push({ name, unit: 'actions/month', runs: [month] });
  }
  return figures;
}

/** One node more or one less; half a round later a pod goes. */
async function work(bench: Fleet, networks: Networks, round: number, pauseMs: number): Promise<void> {
  const { kubectl } = bench.cluster;
  for (const network of networks) {
    network.nodes = round % 2 === 0 ? NODES + 1 : NODES;
    await scale(bench, network.name, network.nodes);
  }
  await Promise.all([untilPeered(bench, networks), sleep(pauseMs)]);
  const pods = networks.map(({ name }) => podName(name, 0));
  await kubectl.run(['delete', 'pod', '-n', NAMESPACE, '--wait=true', ...pods]);
  await untilPeered(bench, networks);
}

/** Of one network a day. */
function daily(histories: readonly Written[][], days: number): Price {
  const networks = histories.length;
  const events = histories.reduce((sum, history) => sum + history.length, 0);
  const actions = histories.reduce((sum, history) => sum + actionsIn(history), 0);
  return { events: events / networks / days, actions: actions / networks / days };
}

function tellRest(figures: Figure[], what: string, measured: Price, rule: Price): void {
  figures.push(
    { name: `${what}: history of a network`, unit: 'events/day', runs: [measured.events] },
    { name: `${what}: history of a network, by rule`, unit: 'events/day', runs: [rule.events] },
    { name: `${what}: a network`, unit: 'actions/day', runs: [measured.actions] },
    { name: `${what}: a network, by rule`, unit: 'actions/day', runs: [rule.actions] },
    { name: `${what}: a network, by rule, month`, unit: 'actions/month', runs: [rule.actions * MONTH_DAYS] },
  );
}

function tellBusy(figures: Figure[], histories: Written[][], { rounds, roundMs }: Settings, days: number): void {
  const what = `scaled and bereft of a pod every ${roundMs / 1000} s, ${NODES} nodes`;
  const { events, actions } = daily(histories, days);
  const inAll = histories.length * rounds;
  figures.push(
    { name: `${what}: history of a network`, unit: 'events/day', runs: [events] },
    { name: `${what}: a network`, unit: 'actions/day', runs: [actions] },
    { name: `${what}: a network, month`, unit: 'actions/month', runs: [actions * MONTH_DAYS] },
  );
  const counts = new Map<string, number>();
  for (const { name } of histories.flat()) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const [name, count] of [...counts].toSorted((one, other) => other[1] - one[1])) {
    figures.push({ name: `${what}: ${name}, for each two changes`, unit: 'events', runs: [count / inAll] });
  }
}
