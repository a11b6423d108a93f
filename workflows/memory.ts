/** What a run of `bitcoinNetwork` remembers, and what follows from it alone. Pure: no imports but from the model. */
import type { CarriedState, Convergence, NetworkDescription, NetworkInput } from './messages.ts';
import type { Failures, NetworkRef, Observation, PeersReport } from './observation.ts';
import type { NetworkSpec } from './spec.ts';

/** A wish for a number of nodes; the number tells wishes apart, the generation where it was written. */
interface Wish {
  number: number;
  nodes: number;
  generation: number | null;
}

export interface Memory {
  readonly namespace: string;
  readonly name: string;
  uid: string | null;
  /** Creates the resource once, if there is none. */
  spec: NetworkSpec | null;
  wish: Wish | null;
  /** Wishes so far in this run; numbers them. */
  wishes: number;
  /** A wish that could not be written, and why. */
  refused: { number: number; reason: string; message: string } | null;
  deleteRequested: boolean;
  /** Somebody said "look". */
  woken: boolean;
  /** The run is about to continue as new: whoever waits has to ask again. */
  continuing: boolean;
  /** The network is gone: whoever waits is told so. */
  gone: boolean;
  /** Messages that made no sense, to be told in an event. */
  complaints: string[];
  failures: Failures;
  digest: string;
  quietPasses: number;
  /** Pauses in a row before something is tried again. */
  retries: number;
  nodes: number;
  removed: string[];
  passes: number;
  seen: Observation | null;
  peers: PeersReport | null;
  /** The look at the nodes that nothing was done after; null: there is none. */
  look: string | null;
  /** Blocks were mined since the last look began: what was seen so far is out of date. */
  mined: boolean;
  /** Why somebody said "look", for people; null: nobody did. */
  why: string | null;
  /** What has happened, for people: see `diary.ts`. */
  diary: string[];
  /** Nodes that were not ready at the last look, in words. */
  missing: string;
  /** Reason of what stood in the way at the last look; empty: nothing did. */
  trouble: string;
}

/** Complaints that are kept until they are told; more at once are dropped. */
const MAX_COMPLAINTS = 5;

export function recall(input: NetworkInput, network: { namespace: string; name: string }): Memory {
  const { carried } = input;
  return {
    namespace: network.namespace,
    name: network.name,
    uid: carried?.uid ?? null,
    spec: carried ? null : (input.spec ?? null),
    wish: carried?.requestedNodes == null ? null : { number: 1, nodes: carried.requestedNodes, generation: null },
    wishes: 1,
    refused: null,
    deleteRequested: carried?.deleteRequested ?? false,
    woken: false,
    continuing: false,
    gone: false,
    complaints: [...(carried?.complaints ?? [])],
    failures: carried?.failures ?? {},
    digest: carried?.digest ?? '',
    quietPasses: carried?.quietPasses ?? 0,
    retries: 0,
    nodes: carried?.nodes ?? 0,
    removed: carried?.removed ?? [],
    passes: carried?.passes ?? 0,
    seen: null,
    peers: null,
    look: carried?.look ?? null,
    mined: false,
    why: null,
    diary: [...(carried?.diary ?? [])],
    missing: '',
    trouble: '',
  };
}

/** What the next run is told. */
export const carry = (memory: Memory): CarriedState => ({
  uid: memory.uid,
  requestedNodes: unwritten(memory)?.nodes ?? null,
  deleteRequested: memory.deleteRequested,
  failures: memory.failures,
  digest: memory.digest,
  quietPasses: memory.quietPasses,
  nodes: memory.nodes,
  removed: memory.removed,
  passes: memory.passes,
  look: goesOnFrom(memory),
  diary: memory.diary,
  ...(memory.complaints.length > 0 ? { complaints: memory.complaints } : {}),
});

/** @returns the wish's number, for `outcomeOf` */
export function wishFor(memory: Memory, nodes: number): number {
  memory.wishes += 1;
  memory.wish = { number: memory.wishes, nodes, generation: null };
  memory.woken = true;
  return memory.wishes;
}

export const unwritten = (memory: Memory): Wish | null => (memory.wish?.generation === null ? memory.wish : null);

export function complain(memory: Memory, complaint: string): void {
  if (memory.complaints.length < MAX_COMPLAINTS) memory.complaints.push(complaint);
  memory.woken = true;
}

export function note(memory: Memory, seen: Observation): void {
  memory.seen = seen;
  memory.uid = seen.uid ?? memory.uid;
  memory.peers = seen.peers;
  memory.look = seen.peers?.look ?? null;
  memory.failures = seen.failures;
  memory.digest = seen.digest;
  memory.quietPasses = seen.quietPasses;
  memory.nodes = seen.nodes;
}

/** The look that the next step can go on from, instead of asking all nodes again. */
export const goesOnFrom = ({ look, mined }: Memory): string | null => (mined ? null : look);

export const refOf = (memory: Memory, uid: string): NetworkRef => ({
  namespace: memory.namespace,
  name: memory.name,
  uid,
});

/** How a wait for a wish has ended; null while it goes on. */
export function outcomeOf(memory: Memory, number: number): Convergence['result'] | 'refused' | null {
  const { wish, seen } = memory;
  if (memory.gone || memory.deleteRequested) return 'deleted';
  if (memory.refused?.number === number) return 'refused';
  if (wish?.number !== number) return 'superseded';
  if (wish.generation !== null && seen !== null && seen.generation >= wish.generation) {
    if (seen.nodes !== wish.nodes) return 'superseded';
    if (seen.settled) return 'converged';
  }
  return memory.continuing ? 'continued-as-new' : null;
}

export function convergenceOf(memory: Memory, nodes: number, result: Convergence['result']): Convergence {
  return {
    result,
    nodes,
    ready: memory.seen?.ready ?? 0,
    height: memory.peers?.height ?? null,
    message: memory.seen?.summary ?? '',
  };
}

export const phaseOf = (memory: Memory): NetworkDescription['phase'] => {
  const { seen } = memory;
  if (seen === null) return 'Starting';
  if (memory.deleteRequested || seen.deleting) return 'Deleting';
  if (seen.uid === null) return 'Absent';
  if (seen.paused) return 'Paused';
  return seen.settled ? 'Settled' : 'Settling';
};

export const describe = (memory: Memory): NetworkDescription => ({
  namespace: memory.namespace,
  name: memory.name,
  uid: memory.uid,
  phase: phaseOf(memory),
  nodes: memory.seen?.nodes ?? 0,
  ready: memory.seen?.ready ?? 0,
  peers: memory.peers,
  failures: memory.failures,
  requestedNodes: unwritten(memory)?.nodes ?? null,
  passes: memory.passes,
  summary: memory.seen?.summary ?? 'Not looked yet.',
});
