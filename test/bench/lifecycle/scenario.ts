/**
 * Three real nodes declared, two more, one lost: until all are peered, beside what Kubernetes alone takes until the same pods are
 * Ready. Both take turns, so that they have the same noise.
 */
import {
  deleteExactly,
  NETWORKS,
  patch,
  PODS,
  SERVICES,
  STATEFUL_SETS,
} from '../../../activities/kubernetes/objects.ts';
import { StackError } from '../../../deploy/local/stack-error.ts';
import { networkWorkflowId, podName, serviceName, statefulSetName } from '../../../workflows/names.ts';
import { dials, edgeCount } from '../../../workflows/topology.ts';
import type { BenchContext, Figure, Target } from '../scenario.ts';
import { nowMs } from './cluster-view.ts';
import { createFloor, floorLabels } from './floor.ts';
import { setStage, type Stage, WITHIN_MS } from './stage.ts';
import { allReady, networkLabel, settled } from './verdict.ts';

const REPETITIONS = { full: 7, smoke: 1 } as const;

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
const nodesAfter = (act: Act): number => (act === 'create' ? FEW : MORE);

/** In milliseconds from the beginning. */
interface Measured {
  /** The StatefulSet is of the declared size; null: it is so already. */
  written: number | null;
  ready: number;
  confirmed: number;
  reported: number;
  /** What the nodes themselves say. */
  nodes: number;
  edges: number;
}

export async function lifecycle({ size, note }: BenchContext): Promise<Figure[]> {
  const stage = await setStage(note);
  const floors: Record<Act, number[]> = { create: [], scale: [], heal: [] };
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
        for (const turn of repetition % 2 === 0 ? turns.toReversed() : turns) await turn();
      }
      await remove(stage, network, floor);
    }
  } finally {
    await stage.close();
  }
  return ACTS.flatMap((act) => figuresOf(TITLES[act], measured[act], floors[act]));
}

/** Milliseconds until all pods are Ready. */
async function measureFloor({ cluster, namespace, view, pattern }: Stage, name: string, act: Act): Promise<number> {
  const nodes = nodesAfter(act);
  const labels = floorLabels(name);
  const lost = view.pods.get(podName(name, LOST))?.object.metadata.uid;
  const startedMs = nowMs();
  if (act === 'create') await createFloor(cluster, { namespace, name, nodes }, pattern);
  else if (act === 'scale') {
    const scale = { namespace, name: statefulSetName(name), subresource: 'scale' };
    await patch(cluster, STATEFUL_SETS, scale, { spec: { replicas: nodes } });
  } else await deleteExactly(cluster, PODS, { namespace, name: podName(name, LOST), uid: lost ?? '' });
  const ready = await view.until(`the ${nodes} pods of ${name} are Ready`, WITHIN_MS, () => {
    const isReplaced = act !== 'heal' || view.pods.get(podName(name, LOST))?.object.metadata.uid !== lost;
    return isReplaced ? allReady(view.podsOf(labels), nodes) : null;
  });
  return ready.atMs - startedMs;
}

async function measureNetwork(stage: Stage, name: string, act: Act): Promise<Measured> {
  const { cluster, namespace, view } = stage;
  const nodes = nodesAfter(act);
  const lost = view.pods.get(podName(name, LOST))?.object.metadata.uid;
  const startedMs = nowMs();
  if (act === 'create') await stage.declare(name, nodes);
  else if (act === 'scale')
    await patch(cluster, NETWORKS, { namespace, name, subresource: 'scale' }, { spec: { replicas: nodes } });
  else await deleteExactly(cluster, PODS, { namespace, name: podName(name, LOST), uid: lost ?? '' });
  const done = await view.until(`the ${nodes} nodes of ${name} are peered`, WITHIN_MS, () => {
    const isReplaced = act !== 'heal' || view.pods.get(podName(name, LOST))?.object.metadata.uid !== lost;
    return isReplaced ? settled(view, name, nodes) : null;
  });
  // The status may say so only when it is so: the nodes are asked once, not until they agree.
  const { wanted, answered, expectedEdges, actualEdges } = await stage.ask(name);
  if (answered !== wanted || actualEdges !== expectedEdges || expectedEdges !== edgesOf(nodes))
    throw new StackError(
      `The status of ${name} says more than its nodes do: ${actualEdges} of ${expectedEdges} edges.`,
    );
  const workflowId = networkWorkflowId(namespace, name);
  const confirmedMs = await stage.stories.confirmedAtMs(workflowId, done.readyAtMs, done.atMs);
  const sizedAtMs = view.statefulSets.get(statefulSetName(name))?.sizedAtMs ?? startedMs;
  return {
    written: act === 'heal' ? null : sizedAtMs - startedMs,
    ready: done.readyAtMs - startedMs,
    confirmed: (confirmedMs ?? done.atMs) - startedMs,
    reported: done.atMs - startedMs,
    nodes: answered,
    edges: actualEdges,
  };
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
  await view.until(`${network} and ${floor} are gone`, WITHIN_MS, () =>
    [networkLabel(network), floorLabels(floor)].every((labels) => view.podsOf(labels).length === 0) ? true : null,
  );
}

function figuresOf(title: string, measured: readonly Measured[], floor: readonly number[]): Figure[] {
  const seconds = (name: string, of: (one: Measured) => number): Figure => ({
    name: `${title}: ${name}`,
    unit: 's',
    runs: measured.map((one) => of(one) / 1_000),
  });
  const inSeconds = floor.map((milliseconds) => milliseconds / 1_000);
  const written = measured.every((one) => one.written !== null)
    ? [seconds('declared to StatefulSet written', (one) => one.written ?? 0)]
    : [];
  return [
    { ...seconds('until all are peered', ({ reported }) => reported), floor: inSeconds, target: ABOVE_FLOOR },
    ...written,
    { ...seconds('until the last pod is Ready', ({ ready }) => ready), floor: inSeconds },
    seconds('last pod Ready to last edge confirmed', ({ confirmed, ready }) => confirmed - ready),
    seconds('last edge confirmed to the status that says so', ({ reported, confirmed }) => reported - confirmed),
    { name: `${title}: nodes that answer`, unit: 'nodes', runs: measured.map(({ nodes }) => nodes) },
    { name: `${title}: connections, as the nodes show them`, unit: 'edges', runs: measured.map(({ edges }) => edges) },
  ];
}
