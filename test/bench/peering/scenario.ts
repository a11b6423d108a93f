/** From the last pod Ready to the last connection confirmed, from ten nodes to five thousand. */
import { MAX_NODES, podName } from '../../../workflows/names.ts';
import { startFakeCluster } from '../fake-cluster/fake-cluster.ts';
import { NodeFarm } from '../fake-cluster/node-farm.ts';
import { Sight } from '../fake-cluster/sight.ts';
import { peakMb } from '../fake-cluster/process-usage.ts';
import type { BenchContext, Figure, Size, Target } from '../scenario.ts';
import { growthExponent, spreadOf } from '../statistics.ts';
import { Baselines } from './baseline.ts';
import { growthName, PEERING_FIGURES as FIGURES, PEERING_LATENCIES } from './figures.ts';
import { type Bench, CREDENTIALS, declare, leg, type Leg, NAMESPACE, remove, scale } from './networks.ts';
import { Verifier } from './verifier.ts';

/** Numbers of nodes, and how often each is measured. */
const RUNS: Readonly<Record<Size, readonly { nodes: number; times: number }[]>> = {
  full: [...[10, 50, 100, 200, 1_000].map((nodes) => ({ nodes, times: 3 })), { nodes: 5_000, times: 1 }],
  smoke: [{ nodes: 12, times: 1 }],
};
/** Milliseconds that a node takes for an answer. */
const LATENCIES = { full: PEERING_LATENCIES, smoke: [0] } as const;
/** The original's way is not worth waiting for beyond this many nodes. */
const BASELINE_MAX_NODES = 200;

const SECONDS: Readonly<Record<number, Target>> = {
  200: { of: 'value', atMost: 0.5 },
  1_000: { of: 'value', atMost: 2 },
  5_000: { of: 'value', atMost: 10 },
};
const REQUESTS: Readonly<Record<number, Target>> = {
  200: { of: 'value', atMost: 600 },
  1_000: { of: 'value', atMost: 3_000 },
};
/** Times faster than the original's way, at 200 nodes. */
const FASTER: Target = { of: 'times', atLeast: 50 };
const WORKER_MEMORY: Target = { of: 'value', atMost: 600 };
/** Percent of the edges. */
const MOVED_BY_TENTH: Target = { of: 'value', atMost: 20 };

interface Measuring extends Bench {
  verifier: Verifier;
  baselines: Baselines;
  latencyMs: number;
  figures: Figure[];
}

export async function peering({ size, note }: BenchContext): Promise<Figure[]> {
  let latencyMs = 0;
  const cluster = await startFakeCluster(note);
  const farm = await new NodeFarm({ ...CREDENTIALS, latencyMs: () => latencyMs }).start();
  const sight = new Sight(cluster.kubeconfig, farm);
  const verifier = await Verifier.connect(farm);
  const figures: Figure[] = [];
  const baselined = RUNS[size].map(({ nodes }) => nodes).filter((nodes) => nodes <= BASELINE_MAX_NODES);
  // Where the original's way waits for each answer it takes a quarter of an hour, and does next to nothing in it: it runs beside all else.
  const slowBaselines = new Map<number, Baselines>(
    LATENCIES[size].filter((ms) => ms > 0).map((ms) => [ms, new Baselines(ms).startAll(baselined)]),
  );
  try {
    for (latencyMs of LATENCIES[size]) {
      const baselines = slowBaselines.get(latencyMs) ?? new Baselines(latencyMs);
      const measuring = { cluster, farm, sight, verifier, baselines, latencyMs, figures };
      const points: { x: number; y: number }[] = [];
      for (const { nodes, times } of RUNS[size]) {
        note(`${nodes} nodes that answer after ${latencyMs} ms, ${times} times`);
        points.push({ x: nodes, y: await measure(measuring, nodes, times) });
      }
      const large = points.filter(({ x }) => x >= 100);
      if (large.length > 1) {
        const target: Target = { of: 'value', atMost: 1.1 };
        figures.push({ name: growthName(latencyMs), unit: '(exponent)', runs: [growthExponent(large)], target });
      }
      if (latencyMs > 0) note('waiting for the original’s way');
      await tellBaselines(measuring, baselined);
      await baselines.stop();
    }
  } finally {
    for (const baselines of slowBaselines.values()) await baselines.stop();
    await verifier.close();
    sight.stop();
    await farm.stop();
    await cluster.stop();
  }
  return figures;
}

/** @returns the median of the seconds */
async function measure(bench: Measuring, nodes: number, times: number): Promise<number> {
  const { latencyMs, figures, verifier, cluster } = bench;
  const legs: Leg[] = [];
  for (let time = 1; time <= times; time += 1) {
    const name = `n${nodes}-${latencyMs}ms-${time}`;
    legs.push(await leg(bench, { name, nodes, starts: true }, () => declare(bench, name, nodes)));
    if (time < times) await remove(bench, name);
  }
  const name = `n${nodes}-${latencyMs}ms-${times}`;
  const quick = (target: Target | undefined): { target?: Target } =>
    latencyMs === 0 && target !== undefined ? { target } : {};
  const all = (of: (one: Leg) => number): number[] => legs.map(of);
  figures.push(
    {
      name: FIGURES.seconds(nodes, latencyMs),
      unit: 's',
      runs: all(({ seconds }) => seconds),
      ...quick(SECONDS[nodes]),
    },
    {
      name: FIGURES.requests(nodes, latencyMs),
      unit: 'requests',
      runs: all(({ requests }) => requests),
      ...quick(REQUESTS[nodes]),
    },
    { name: FIGURES.calls(nodes, latencyMs), unit: 'calls', runs: all(({ calls }) => calls) },
    {
      name: FIGURES.requestsInAll(nodes, latencyMs),
      unit: 'requests',
      runs: all(({ requestsInAll }) => requestsInAll),
    },
    { name: FIGURES.edges(nodes, latencyMs), unit: 'edges', runs: all(({ made, cut }) => made - cut) },
    {
      name: FIGURES.verified(nodes, latencyMs),
      unit: 'requests',
      runs: await verifier.looks(name, nodes),
      ...quick({ of: 'value', atMost: nodes }),
    },
  );
  await changes(bench, name, nodes, legs.at(-1)?.made ?? 0);
  await remove(bench, name);
  figures.push({
    name: FIGURES.memory(nodes, latencyMs),
    unit: 'MB',
    runs: [peakMb(cluster.pidOf('worker'))],
    target: WORKER_MEMORY,
  });
  return spreadOf(all(({ seconds }) => seconds)).median;
}

/** One node in a hundred is replaced; the network grows by a tenth, and shrinks again. */
async function changes(bench: Measuring, name: string, nodes: number, edges: number): Promise<void> {
  const { latencyMs, figures } = bench;
  const some = Math.max(1, Math.round(nodes / 100));
  const step = Math.max(1, Math.round(nodes / 10));
  const victims = Array.from({ length: some }, (_, index) => podName(name, Math.floor((index * nodes) / some)));
  const { kubectl } = bench.cluster;
  const tell = (change: 'replaced' | 'more' | 'fewer', { seconds, requestsInAll, made, cut }: Leg): void => {
    const moved = ((made + cut) / edges) * 100;
    const target = change === 'more' ? { target: MOVED_BY_TENTH } : {};
    figures.push(
      { name: FIGURES[`${change}Seconds`](nodes, latencyMs), unit: 's', runs: [seconds] },
      { name: FIGURES[`${change}Requests`](nodes, latencyMs), unit: 'requests', runs: [requestsInAll] },
      { name: FIGURES[`${change}Edges`](nodes, latencyMs), unit: '%', runs: [moved], ...target },
    );
  };
  const replace = (): Promise<string> => kubectl.run(['delete', 'pod', '-n', NAMESPACE, '--wait=true', ...victims]);
  tell('replaced', await leg(bench, { name, nodes, starts: true }, replace));
  const scaled = (to: number, starts: boolean): Promise<Leg> =>
    leg(bench, { name, nodes: to, starts }, () => scale(bench, name, to));
  if (nodes + step <= MAX_NODES) {
    tell('more', await scaled(nodes + step, true));
    tell('fewer', await scaled(nodes, false));
  } else {
    // The largest network there may be is smaller for a while.
    tell('fewer', await scaled(nodes - step, false));
    tell('more', await scaled(nodes, true));
  }
}

async function tellBaselines({ baselines, latencyMs, figures }: Measuring, sizes: readonly number[]): Promise<void> {
  for (const nodes of sizes) {
    const runs = await baselines.of(nodes);
    const own = figures.find(({ name }) => name === FIGURES.seconds(nodes, latencyMs));
    const target = nodes === BASELINE_MAX_NODES ? { target: FASTER } : {};
    figures.push(
      {
        name: FIGURES.oneByOneSeconds(nodes, latencyMs),
        unit: 's',
        runs: own?.runs ?? [],
        baseline: runs.map(({ seconds }) => seconds),
        ...target,
      },
      { name: FIGURES.oneByOneAdded(nodes, latencyMs), unit: 'calls', runs: runs.map(({ added }) => added) },
      {
        name: FIGURES.oneByOneRequests(nodes, latencyMs),
        unit: 'requests',
        runs: runs.map(({ requests }) => requests),
      },
    );
  }
}
