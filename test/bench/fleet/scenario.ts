/** Many networks of three nodes: applied at once, at rest, changed one by one, and after the worker was killed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { networkWorkflowId } from '../../../workflows/names.ts';
import { peakMb } from '../fake-cluster/process-usage.ts';
import { NAMESPACE } from '../peering/networks.ts';
import { priceAtRest, DAY_MS } from '../price/rule.ts';
import type { BenchContext, Figure } from '../scenario.ts';
import { percentile } from '../statistics.ts';
import { declareAll, type Fleet, type Networks, networksOf, startFleet, touchAll, untilPeered } from './fleet.ts';
import { measureReactions } from './reactions.ts';
import { busiestSecond } from './spread.ts';
import { PARTS, usageDuring, type Usage } from './usage.ts';

/** Nodes of each network. */
const NODES = 3;

/** What is measured of one number of networks, and for how long. */
export interface FleetSettings {
  networks: number;
  /** Seconds without any network, and seconds with all of them at rest. */
  idleSeconds: number;
  restSeconds: number;
  /** Seconds before each of the two, in which what went before comes to its end. A node watch counts a network as busy for five minutes. */
  calmSeconds: { idle: number; rest: number };
  /** Networks that are changed, one after the other; 0: only the time until all are peered is measured. */
  changes: number;
}

const CALM = { idle: 10, rest: 10 };
const FULL = { idleSeconds: 30, calmSeconds: CALM } as const;
export const SETTINGS: Readonly<Record<'full' | 'smoke', readonly FleetSettings[]>> = {
  full: [
    { ...FULL, networks: 1, restSeconds: 60, changes: 20 },
    { ...FULL, networks: 100, restSeconds: 120, changes: 100 },
    { ...FULL, networks: 200, restSeconds: 0, changes: 0 },
    { ...FULL, networks: 1_000, calmSeconds: { ...CALM, rest: 310 }, restSeconds: 300, changes: 200 },
  ],
  smoke: [{ networks: 3, idleSeconds: 1, calmSeconds: { idle: 1, rest: 1 }, restSeconds: 3, changes: 3 }],
};

/** Seconds for these networks, from the first declaration to the last connection. */
const PEERED_WITHIN: Readonly<Record<number, number>> = { 200: 40 };
const EVENTS_A_DAY = 2_000;
const WORKER_MB = 500;
/** Per cent of a core above what an idle one takes. */
const CPU_ABOVE_IDLE = 5;
const REACTION_P99_SECONDS = 1;
/** Networks that may look in one second, for each that does on average: what chance makes of evenly spread moments, and some more. */
const BUSIEST_TO_MEAN = 8;

export async function fleet({ size, note }: BenchContext): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const settings of SETTINGS[size]) figures.push(...(await measureFleet(settings, note)));
  return figures;
}

/** On a control plane of its own, so that nothing of an earlier one is left. */
export async function measureFleet(settings: FleetSettings, note: (text: string) => void): Promise<Figure[]> {
  const bench = await startFleet(note);
  const say = (text: string): void => {
    note(`${settings.networks} networks: ${text}`);
  };
  try {
    return await measure(bench, settings, say);
  } finally {
    await bench.stop();
  }
}

async function measure(bench: Fleet, settings: FleetSettings, say: (text: string) => void): Promise<Figure[]> {
  const { networks: count, changes } = settings;
  const figures: Figure[] = [];
  const add = (name: string, figure: Omit<Figure, 'name'>): void => {
    figures.push({ name: `${count} networks: ${name}`, ...figure });
  };
  say('without any network');
  await sleep(settings.calmSeconds.idle * 1000);
  const idle = await usageDuring(bench, () => sleep(settings.idleSeconds * 1000));

  say('applied at once');
  const networks = networksOf(count, 'n', NODES);
  const work = await usageDuring(bench, async () => {
    const startedMs = performance.now();
    await declareAll(bench, networks);
    add('applied at once, all declared', { unit: 's', runs: [(performance.now() - startedMs) / 1000] });
    await untilPeered(bench, networks);
  });
  const atMost = PEERED_WITHIN[count];
  const seconds = { unit: 's', runs: [work.seconds] };
  add('applied at once, all peered', { ...seconds, ...(atMost ? { target: { of: 'value', atMost } } : {}) });
  for (const part of PARTS) {
    const cpuSeconds = (work.cpu[part] / 100) * work.seconds;
    add(`applied at once, processor, ${part}`, { unit: 'ms for each', runs: [(cpuSeconds * 1000) / count] });
  }
  add('connections', { unit: 'edges', runs: [bench.farm.wire.edges] });
  if (changes === 0) return figures;

  say('at rest');
  await sleep(settings.calmSeconds.rest * 1000);
  await measureRest(bench, settings, idle, networks, add);

  say('changed one after the other');
  const reactions = await measureReactions(bench, networks, changes);
  const acted = { unit: 's', floor: reactions.floor };
  add('a change until it is acted on', { ...acted, runs: reactions.seconds });
  const p99 = [percentile(reactions.seconds, 0.99)];
  add('a change until it is acted on, p99', {
    ...acted,
    runs: p99,
    target: { of: 'value', atMost: REACTION_P99_SECONDS },
  });
  add('changes', { unit: 'networks', runs: [reactions.seconds.length] });
  const peak = (): number => peakMb(bench.cluster.pidOf('worker'));
  add('memory of the worker, most', { unit: 'MB', runs: [peak()], target: { of: 'value', atMost: WORKER_MB } });

  say('worker killed');
  const killedMs = performance.now();
  const restarted = bench.cluster.restartWorker();
  await touchAll(bench, names(networks), false);
  await restarted;
  add('worker killed, another polls', { unit: 's', runs: [(performance.now() - killedMs) / 1000] });
  await untilPeered(bench, networks);
  add('worker killed, a change of every network is in its status', {
    unit: 's',
    runs: [(performance.now() - killedMs) / 1000],
  });
  add('memory of the new worker, most', { unit: 'MB', runs: [peak()], target: { of: 'value', atMost: WORKER_MB } });
  return figures;
}

const names = (networks: Networks): string[] => networks.map(({ name }) => name);

async function measureRest(
  bench: Fleet,
  { restSeconds, networks: count }: FleetSettings,
  idle: Usage,
  networks: Networks,
  add: (name: string, figure: Omit<Figure, 'name'>) => void,
): Promise<void> {
  const sinceMs = Date.now();
  const rest = await usageDuring(bench, () => sleep(restSeconds * 1000));
  const workflows = names(networks).map((name) => networkWorkflowId(NAMESPACE, name));
  const untilMs = sinceMs + rest.seconds * 1000;
  const events = (await bench.histories.between(workflows, sinceMs, untilMs)).flat();
  const perDay = (sum: number): number => (sum / count) * (DAY_MS / 1000 / rest.seconds);
  const target = { of: 'value', atMost: EVENTS_A_DAY } as const;
  const what = `at rest for ${Math.round(rest.seconds)} s`;
  add(`${what}, history of a network`, { unit: 'events/day', runs: [perDay(events.length)], target });
  const byRule = priceAtRest(NODES);
  add('at rest by rule, history of a network', { unit: 'events/day', runs: [byRule.events], target });
  const bytes = events.reduce((sum, event) => sum + event.bytes, 0);
  add(`${what}, history of a network, size`, { unit: 'KB/day', runs: [perDay(bytes) / 1024] });
  for (const part of PARTS) {
    const cpu = { unit: '% of a core', runs: [rest.cpu[part]], floor: [idle.cpu[part]] };
    const limited = part === 'kube-apiserver' ? {} : { target: { of: 'above', atMost: CPU_ABOVE_IDLE } as const };
    add(`${what}, processor, ${part}`, { ...cpu, ...limited });
    add(`${what}, memory, ${part}`, { unit: 'MB', runs: [rest.residentMb[part]], floor: [idle.residentMb[part]] });
  }
  for (const [verb, requests] of [...rest.api].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    const without = idle.api.get(verb) ?? 0;
    if (requests === 0 && without === 0) continue;
    add(`${what}, API server, ${verb}`, { unit: 'requests/min', runs: [requests], floor: [without] });
  }
  add(`${what}, size of etcd`, { unit: 'MB', runs: [rest.etcdMb], floor: [idle.etcdMb] });
  add(`${what}, nodes asked`, { unit: 'requests/min', runs: [rest.rpc], floor: [idle.rpc] });

  const wakes = events.filter(({ name }) => name === 'WORKFLOW_TASK_STARTED').map(({ atMs }) => atMs);
  const { most, mean } = busiestSecond(wakes, rest.seconds);
  add(`${what}, looks a second`, { unit: 'looks', runs: [mean] });
  // Where there are few networks, two that look in one second are many times the mean.
  const atMost = Math.max(BUSIEST_TO_MEAN, BUSIEST_TO_MEAN * mean);
  add(`${what}, looks in the busiest second`, { unit: 'looks', runs: [most], target: { of: 'value', atMost } });
}
