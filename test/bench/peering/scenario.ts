/** From the last pod Ready to the last connection confirmed, from ten nodes to five thousand. */
import { readFileSync } from 'node:fs';
import { podName } from '../../../workflows/names.ts';
import { startFakeCluster } from '../fake-cluster/fake-cluster.ts';
import { NodeFarm } from '../fake-cluster/node-farm.ts';
import { Sight } from '../fake-cluster/sight.ts';
import type { BenchContext, Figure, Target } from '../scenario.ts';
import { growthExponent } from '../statistics.ts';
import { peerOneByOne } from './baseline.ts';
import { type Bench, CREDENTIALS, declare, leg, type Leg, NAMESPACE, remove, scale } from './networks.ts';

const SIZES = { full: [10, 50, 100, 200, 1_000, 5_000], smoke: [12] } as const;
/** Milliseconds that a node takes for an answer. */
const LATENCIES = { full: [0, 20], smoke: [0] } as const;
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
const FASTER = 50;
const WORKER_MEMORY_MB = 600;

export async function peering({ size, note }: BenchContext): Promise<Figure[]> {
  let latencyMs = 0;
  const cluster = await startFakeCluster(note);
  const farm = await new NodeFarm({ ...CREDENTIALS, latencyMs: () => latencyMs }).start();
  const sight = new Sight(cluster.kubeconfig, farm);
  const bench: Bench = { cluster, farm, sight };
  const figures: Figure[] = [];
  try {
    for (latencyMs of LATENCIES[size]) {
      const points: { x: number; y: number }[] = [];
      for (const nodes of SIZES[size]) {
        note(`${nodes} nodes that answer after ${latencyMs} ms`);
        const { seconds } = await measure(bench, nodes, latencyMs, figures);
        points.push({ x: nodes, y: seconds });
      }
      const large = points.filter(({ x }) => x >= 100);
      if (large.length > 1) {
        const target: Target = { of: 'value', atMost: 1.1 };
        const name = `growth of the time from 100 nodes on, ${latencyMs} ms`;
        figures.push({ name, unit: '(exponent)', runs: [growthExponent(large)], target });
      }
    }
  } finally {
    sight.stop();
    await farm.stop();
    await cluster.stop();
  }
  return figures;
}

async function measure(bench: Bench, nodes: number, latencyMs: number, figures: Figure[]): Promise<Leg> {
  const name = `n${nodes}-${latencyMs}ms`;
  const what = `${nodes} nodes, ${latencyMs} ms`;
  const created = await leg(bench, { name, nodes, starts: true }, () => declare(bench, name, nodes));
  const seconds = { name: `${what}: last pod Ready to last edge confirmed`, unit: 's', runs: [created.seconds] };
  const isQuick = latencyMs === 0;
  const withTarget = (targets: Readonly<Record<number, Target>>): { target?: Target } =>
    isQuick && targets[nodes] !== undefined ? { target: targets[nodes] } : {};
  figures.push({ ...seconds, ...withTarget(SECONDS) });
  figures.push(
    { name: `${what}: requests in that time`, unit: 'requests', runs: [created.requests], ...withTarget(REQUESTS) },
    { name: `${what}: RPC calls in that time`, unit: 'calls', runs: [created.calls] },
    { name: `${what}: requests since the declaration`, unit: 'requests', runs: [created.requestsInAll] },
    { name: `${what}: connections`, unit: 'edges', runs: [created.made - created.cut] },
    {
      name: `${what}: memory of the worker`,
      unit: 'MB',
      runs: [residentMb(bench)],
      target: { of: 'value', atMost: WORKER_MEMORY_MB },
    },
  );
  if (nodes <= BASELINE_MAX_NODES) {
    const baseline = await measureBaseline(bench, nodes);
    figures.push(
      {
        ...seconds,
        name: `${what}: against one by one`,
        baseline: [baseline.seconds],
        ...(isQuick && nodes === BASELINE_MAX_NODES ? { target: { of: 'times' as const, atLeast: FASTER } } : {}),
      },
      { name: `${what}: addnode calls, one by one`, unit: 'calls', runs: [baseline.added] },
      { name: `${what}: requests, one by one`, unit: 'requests', runs: [baseline.requests] },
    );
  }
  await changes(bench, name, nodes, what, figures, created.made - created.cut);
  await remove(bench, name);
  return created;
}

/** One node in a hundred is replaced; the network grows by a tenth, and shrinks again. */
async function changes(
  bench: Bench,
  name: string,
  nodes: number,
  what: string,
  figures: Figure[],
  edges: number,
): Promise<void> {
  const some = Math.max(1, Math.round(nodes / 100));
  const step = Math.max(1, Math.round(nodes / 10));
  const victims = Array.from({ length: some }, (_, index) => podName(name, Math.floor((index * nodes) / some)));
  const { kubectl } = bench.cluster;
  const tell = (title: string, { seconds, requestsInAll, made, cut }: Leg, target?: Target): void => {
    figures.push(
      { name: `${what}, ${title}: time`, unit: 's', runs: [seconds] },
      { name: `${what}, ${title}: requests`, unit: 'requests', runs: [requestsInAll] },
      {
        name: `${what}, ${title}: edges moved`,
        unit: '%',
        runs: [((made + cut) / edges) * 100],
        ...(target ? { target } : {}),
      },
    );
  };
  tell(
    '1 % replaced',
    await leg(bench, { name, nodes, starts: true }, () =>
      kubectl.run(['delete', 'pod', '-n', NAMESPACE, '--wait=true', ...victims]),
    ),
  );
  // The step from a full mesh to a graph of fewer connections is one of its own.
  const target: Target = { of: 'value', atMost: 20 };
  const grown = nodes + step;
  tell('10 % more', await leg(bench, { name, nodes: grown, starts: true }, () => scale(bench, name, grown)), target);
  tell('10 % fewer', await leg(bench, { name, nodes, starts: false }, () => scale(bench, name, nodes)));
}

/** Nodes of the same farm that belong to nobody. */
async function measureBaseline({ farm }: Bench, nodes: number): Promise<Awaited<ReturnType<typeof peerOneByOne>>> {
  const addresses = Array.from(
    { length: nodes },
    (_, index) => `127.200.${Math.floor(index / 250)}.${(index % 250) + 1}`,
  );
  const baseline = await peerOneByOne(addresses, CREDENTIALS);
  for (const address of addresses) farm.forget(address);
  return baseline;
}

/** Resident memory of the worker, its largest so far. */
function residentMb({ cluster }: Bench): number {
  const status = readFileSync(`/proc/${cluster.pidOf('worker')}/status`, 'utf8');
  return Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024);
}
