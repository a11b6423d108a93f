/**
 * What goes wrong, and when: a schedule follows from its seed alone. Pure.
 */
import fc from 'fast-check';

/** A way in which a connection misbehaves, from the worker's point of view. */
export const LINK_FAULTS = ['cut', 'refuse', 'hang', 'slow', 'half', 'garbage'] as const;
export type LinkFault = (typeof LINK_FAULTS)[number];

/** Between the worker and one of its partners. */
export const LINKS = ['kubernetes', 'temporal', 'nodes'] as const;
export type Link = (typeof LINKS)[number];

/** Parts that die and are started again. */
export const PARTS = ['worker', 'temporal', 'kube-apiserver', 'etcd'] as const;
export type Part = (typeof PARTS)[number];

/** HTTP statuses with which the API server refuses. */
export const REFUSALS = [429, 500, 503] as const;

export type Fault =
  /** The part ends without a word, and is back after so many milliseconds. */
  | { kind: 'kill'; part: Part; forMs: number }
  /** The worker is told to stop, and another one started after so many milliseconds. */
  | { kind: 'stop-worker'; forMs: number }
  /** Another worker is started beside the first, and the first one killed. */
  | { kind: 'replace-worker' }
  | { kind: 'link'; link: Link; fault: LinkFault; forMs: number }
  /** The API server answers every request with this status. */
  | { kind: 'refuse-requests'; status: (typeof REFUSALS)[number]; forMs: number }
  /** All nodes refuse the credentials. */
  | { kind: 'refuse-credentials'; forMs: number };

/** What people and kubelets do meanwhile. `node` counts among those that there are. */
export type Deed =
  | { kind: 'scale'; nodes: number; by: 'kubectl' | 'signal' | 'update' }
  | { kind: 'recreate'; nodes: number }
  | { kind: 'delete-pod'; node: number }
  | { kind: 'restart-container'; node: number }
  | { kind: 'delete-child'; child: 'service' | 'statefulset' }
  | { kind: 'edit-set'; replicas: number }
  | { kind: 'mine'; node: number };

export interface Step {
  /** Milliseconds after the step before; its fault may still last. */
  afterMs: number;
  act: Fault | Deed;
}

export interface Schedule {
  seed: number;
  /** Nodes of the network when the first step begins. */
  nodes: number;
  steps: Step[];
}

/** Milliseconds between two steps, and for which a fault lasts, at most. */
export const PAUSE_MAX_MS = 3_000;
export const FAULT_MAX_MS = 6_000;

/** Most nodes of a network. */
export const NODES_MAX = 12;

const pause = fc.integer({ min: 0, max: PAUSE_MAX_MS });
const forMs = fc.integer({ min: 200, max: FAULT_MAX_MS });
const nodes = fc.integer({ min: 0, max: NODES_MAX });
const node = fc.integer({ min: 0, max: NODES_MAX - 1 });
const kind = <K extends string>(name: K): fc.Arbitrary<K> => fc.constant(name);

const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: kind('kill'), part: fc.constantFrom(...PARTS), forMs }),
  fc.record({ kind: kind('stop-worker'), forMs }),
  fc.record({ kind: kind('replace-worker') }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind('link'),
      link: fc.constantFrom(...LINKS),
      fault: fc.constantFrom(...LINK_FAULTS),
      forMs,
    }),
  },
  fc.record({ kind: kind('refuse-requests'), status: fc.constantFrom(...REFUSALS), forMs }),
  fc.record({ kind: kind('refuse-credentials'), forMs }),
);

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind('scale'),
      nodes,
      by: fc.constantFrom('kubectl' as const, 'signal' as const, 'update' as const),
    }),
  },
  fc.record({ kind: kind('recreate'), nodes }),
  { weight: 2, arbitrary: fc.record({ kind: kind('delete-pod'), node }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('restart-container'), node }) },
  fc.record({ kind: kind('delete-child'), child: fc.constantFrom('service' as const, 'statefulset' as const) }),
  fc.record({ kind: kind('edit-set'), replicas: nodes }),
  fc.record({ kind: kind('mine'), node }),
);

const schedule = fc.record({
  nodes: fc.integer({ min: 1, max: NODES_MAX }),
  steps: fc.array(fc.record({ afterMs: pause, act: fc.oneof(fault, deed) }), { minLength: 4, maxLength: 10 }),
});

/** The schedule of a seed: the same on every machine, as long as this file and the library that draws stay as they are. */
export function scheduleOf(seed: number): Schedule {
  const [drawn] = fc.sample(schedule, { seed, numRuns: 1 });
  if (drawn === undefined) throw new Error(`no schedule was drawn for the seed ${String(seed)}`);
  return { seed, ...drawn };
}

/** Nodes that are declared when the schedule is over; a wish that never arrives is the caller's to leave out. */
export const nodesAfter = ({ nodes: first, steps }: Schedule): number =>
  steps.reduce((last, { act }) => (act.kind === 'scale' || act.kind === 'recreate' ? act.nodes : last), first);

/** One line for people. */
export function describeAct(act: Fault | Deed): string {
  switch (act.kind) {
    case 'kill':
      return `${act.part} is killed, and back after ${String(act.forMs)} ms`;
    case 'stop-worker':
      return `the worker is told to stop; another one comes after ${String(act.forMs)} ms`;
    case 'replace-worker':
      return 'a second worker is started, and the first one killed';
    case 'link':
      return `connections to ${act.link}: ${act.fault} for ${String(act.forMs)} ms`;
    case 'refuse-requests':
      return `the API server answers ${String(act.status)} for ${String(act.forMs)} ms`;
    case 'refuse-credentials':
      return `nodes answer 401 for ${String(act.forMs)} ms`;
    case 'scale':
      return `${String(act.nodes)} nodes are asked for (${act.by})`;
    case 'recreate':
      return `the network is deleted, and created again with ${String(act.nodes)} nodes`;
    case 'delete-pod':
      return `the pod of node ${String(act.node)} is deleted`;
    case 'restart-container':
      return `the container of node ${String(act.node)} restarts in place`;
    case 'delete-child':
      return `the ${act.child} is deleted by hand`;
    case 'edit-set':
      return `the StatefulSet is scaled to ${String(act.replicas)} by hand`;
    case 'mine':
      return `a block is mined on node ${String(act.node)}`;
  }
}
