/**
 * Three real nodes declared, two more, one lost: until all are peered, beside what Kubernetes alone takes until the same pods are
 * Ready. Both take turns, so that they have the same noise.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  deleteExactly,
  type Kind,
  type Live,
  NETWORKS,
  patch,
  PODS,
  SERVICES,
  STATEFUL_SETS,
} from '../../../activities/kubernetes/objects.ts';
import { StackError } from '../../../deploy/local/stack-error.ts';
import type { PeersReport } from '../../../workflows/observation.ts';
import { networkWorkflowId, podName, serviceName, statefulSetName } from '../../../workflows/names.ts';
import { dials, edgeCount } from '../../../workflows/topology.ts';
import type { BenchContext, Figure, Target } from '../scenario.ts';
import { nowMs } from './namespace-view.ts';
import { createFloor, floorLabels } from './floor.ts';
import { setStage, type Stage, WITHIN_MS } from './stage.ts';
import { allReady, networkLabel, settled } from './verdict.ts';

const REPETITIONS = { full: 11, smoke: 1 } as const;

/**
 * The kubelet looks at containers and probes them once in so many milliseconds. What ended a moment ago ended at a certain point of that
 * time, so that what follows at once would always be lucky or always unlucky: beginnings are spread evenly over it.
 */
const KUBELET_PERIOD_MS = 1_000;

/** Nodes at first, and after scaling. */
const FEW = 3;
const MORE = 5;
/** The node that is lost. */
const LOST = 1;
/** Seconds that btcnet may add to what Kubernetes takes. */
const ABOVE_FLOOR: Target = { of: 'above', atMost: 0.5 };

type Act = 'create' | 'scale' | 'heal';
const ACTS: readonly Act[] = ['create', 'scale', 'heal'];
const TITLES: Readonly<Record<Act, string>> = {
  create: `create ${FEW}`,
  scale: `scale ${FEW} to ${MORE}`,
  heal: `1 of ${MORE} lost`,
};
const MADE: Readonly<Record<Act, string>> = {
  create: 'until the StatefulSet is written',
  scale: 'until the StatefulSet is written',
  heal: 'until the lost pod has a successor',
};
const nodesAfter = (act: Act): number => (act === 'create' ? FEW : MORE);

/** In milliseconds from the beginning. */
interface Times {
  /** The StatefulSet is of the declared size; or, where a pod was lost, its successor is there. */
  made: number;
  /** All pods are Ready. */
  ready: number;
}

interface Measured extends Times {
  confirmed: number;
  reported: number;
  /** What the nodes themselves say. */
  nodes: number;
  edges: number;
}

export async function lifecycle({ size, note }: BenchContext): Promise<Figure[]> {
  const stage = await setStage(note);
  const floors: Record<Act, Times[]> = { create: [], scale: [], heal: [] };
  const measured: Record<Act, Measured[]> = { create: [], scale: [], heal: [] };
  try {
    for (let repetition = 1; repetition <= REPETITIONS[size]; repetition += 1) {
      const [network, floor] = [`network-${repetition}`, `floor-${repetition}`];
      for (const act of ACTS) {
        note(`${TITLES[act]}, ${repetition} of ${REPETITIONS[size]}`);
        const turns = [
          async () => floors[act].push(await measureFloor(stage, floor, act)),
          async () => measured[act].push(await measureNetwork(stage, network, act)),
        ];
        // Who goes second finds the machine as the first one left it, so they take turns in that, too.
        for (const turn of repetition % 2 === 0 ? turns.toReversed() : turns) {
          await sleep((KUBELET_PERIOD_MS * (repetition - 1)) / REPETITIONS[size]);
          await turn();
        }
      }
      await remove(stage, network, floor);
    }
  } finally {
    await stage.close();
  }
  return ACTS.flatMap((act) => figuresOf(act, measured[act], floors[act]));
}

async function measureFloor(stage: Stage, name: string, act: Act): Promise<Times> {
  const { cluster, namespace, view, pattern } = stage;
  const nodes = nodesAfter(act);
  const labels = floorLabels(name);
  const deed = {
    create: () => createFloor(cluster, { namespace, name, nodes }, pattern),
    scale: () => scale(stage, STATEFUL_SETS, statefulSetName(name), nodes),
  };
  const { timesOf } = await perform(stage, name, act, deed);
  return view.changes.until(`the ${nodes} pods of ${name} are Ready`, WITHIN_MS, () => {
    const ready = allReady(view.podsOf(labels), nodes);
    return ready && timesOf(ready.atMs);
  });
}

async function measureNetwork(stage: Stage, name: string, act: Act): Promise<Measured> {
  const { namespace, view } = stage;
  const nodes = nodesAfter(act);
  const deed = {
    create: () => stage.declare(name, nodes),
    scale: () => scale(stage, NETWORKS, name, nodes),
  };
  const { startedMs, timesOf } = await perform(stage, name, act, deed);
  const { done, times } = await view.changes.until(`the ${nodes} nodes of ${name} are peered`, WITHIN_MS, () => {
    const found = settled(view, name, nodes);
    const reached = found && timesOf(found.readyAtMs);
    return reached && { done: found, times: reached };
  });
  // The status may say so only when it is so: the nodes are asked once, not until they agree.
  const report = await stage.ask(name);
  requireConnected(name, report, nodes);
  const workflowId = networkWorkflowId(namespace, name);
  const confirmedMs = await stage.stories.confirmedAtMs(workflowId, done.readyAtMs, done.atMs);
  return {
    ...times,
    confirmed: (confirmedMs ?? done.atMs) - startedMs,
    reported: done.atMs - startedMs,
    nodes: report.answered,
    edges: report.actualEdges,
  };
}

const scale = ({ cluster, namespace }: Stage, kind: Kind<Live>, name: string, nodes: number): Promise<unknown> =>
  patch(cluster, kind, { namespace, name, subresource: 'scale' }, { spec: { replicas: nodes } });

/** @returns `timesOf`: what was reached by the time at which all pods were Ready; null: the pod that was lost is still there */
async function perform(
  { cluster, namespace, view }: Stage,
  name: string,
  act: Act,
  deed: Readonly<Record<'create' | 'scale', () => Promise<unknown>>>,
): Promise<{ startedMs: number; timesOf: (readyAtMs: number) => Times | null }> {
  const lost = {
    namespace,
    name: podName(name, LOST),
    uid: view.pods.get(podName(name, LOST))?.object.metadata.uid ?? '',
  };
  const startedMs = nowMs();
  await (act === 'heal' ? deleteExactly(cluster, PODS, lost) : deed[act]());
  const timesOf = (readyAtMs: number): Times | null => {
    const successor = view.pods.get(lost.name);
    const madeAtMs =
      act === 'heal'
        ? successor?.object.metadata.uid === lost.uid
          ? undefined
          : successor?.madeAtMs
        : view.statefulSets.get(statefulSetName(name))?.sizedAtMs;
    return madeAtMs === undefined ? null : { made: madeAtMs - startedMs, ready: readyAtMs - startedMs };
  };
  return { startedMs, timesOf };
}

/** @throws StackError unless so many nodes answer and show exactly the connections of the topology */
function requireConnected(name: string, { answered, expectedEdges, actualEdges }: PeersReport, nodes: number): void {
  if (answered === nodes && actualEdges === expectedEdges && expectedEdges === edgesOf(nodes)) return;
  const what = `${answered} of ${nodes} nodes and ${actualEdges} of ${edgesOf(nodes)} connections`;
  throw new StackError(`The nodes of ${name} should all be connected, and show ${what}.`);
}

const edgesOf = (nodes: number): number => edgeCount(dials(Array.from({ length: nodes }, (_, ordinal) => ordinal)));

async function remove({ cluster, namespace, view }: Stage, network: string, floor: string): Promise<void> {
  const uidOf = (seen: { object: { metadata: { uid: string } } } | undefined): string =>
    seen?.object.metadata.uid ?? '';
  await deleteExactly(cluster, NETWORKS, { namespace, name: network, uid: uidOf(view.networks.get(network)) });
  const set = view.statefulSets.get(statefulSetName(floor));
  await deleteExactly(cluster, STATEFUL_SETS, { namespace, name: statefulSetName(floor), uid: uidOf(set) });
  await cluster.call({
    method: 'DELETE',
    path: `/api/v1/namespaces/${namespace}/services/${serviceName(floor)}`,
    subject: { verb: 'delete', kind: SERVICES.kind, namespace, name: serviceName(floor) },
  });
  await view.changes.until(`${network} and ${floor} are gone`, WITHIN_MS, () =>
    [networkLabel(network), floorLabels(floor)].every((labels) => view.podsOf(labels).length === 0) ? true : null,
  );
}

function figuresOf(act: Act, measured: readonly Measured[], floors: readonly Times[]): Figure[] {
  const title = TITLES[act];
  const inSeconds = <T>(values: readonly T[], of: (one: T) => number): number[] => values.map((one) => of(one) / 1_000);
  const part = (name: string, of: (one: Measured) => number): Figure => ({
    name: `${title}: ${name}`,
    unit: 's',
    runs: inSeconds(measured, of),
  });
  const beside = (name: string, of: (one: Times) => number): Figure => ({
    ...part(name, of),
    floor: inSeconds(floors, of),
  });
  return [
    {
      ...part('until all are peered', ({ reported }) => reported),
      floor: inSeconds(floors, ({ ready }) => ready),
      target: ABOVE_FLOOR,
    },
    beside(MADE[act], ({ made }) => made),
    beside('from there to the last pod Ready', ({ made, ready }) => ready - made),
    part('from there to the last edge confirmed', ({ ready, confirmed }) => confirmed - ready),
    part('from there to the status that says so', ({ confirmed, reported }) => reported - confirmed),
    ...(act === 'heal'
      ? []
      : [
          part(
            "of all that, before and after the pods' own start",
            ({ made, ready, reported }) => made + reported - ready,
          ),
        ]),
    { name: `${title}: nodes that answer`, unit: 'nodes', runs: measured.map(({ nodes }) => nodes) },
    { name: `${title}: connections, as the nodes show them`, unit: 'edges', runs: measured.map(({ edges }) => edges) },
  ];
}
