/** What is kept of the objects of a cluster that are followed: a few fields of a pod, the others as text. Pure. */
import type { BitcoinNetwork, PodFacts } from '../../workflows/facts.ts';
import { APP_LABEL, networkOfPod } from '../../workflows/names.ts';
import type { Seen } from './feed.ts';
import { leanNetwork, ownedPod, type OwnedPod } from './node-memory.ts';
import type { Live, LivePod, LiveService, LiveStatefulSet } from './objects.ts';
import { controllerOf } from './ownership.ts';
import { madeAtMs, podFacts } from './pods.ts';
import { madeFrom } from './rotation.ts';
import {
  networkSight,
  podSight,
  serviceSight,
  statefulSetSight,
  type ChildSight,
  type NetworkSight,
} from './watch-sight.ts';

/** JSON of an object of that type. */
type TextOf<T> = string & { readonly of?: T };

/** An object that is looked at as a whole, now and then: as text it takes a fraction of the room. */
interface SeenAsText<T, S> extends Seen {
  sight: S;
  text: TextOf<T>;
}

export interface SeenNetwork extends SeenAsText<BitcoinNetwork, NetworkSight> {
  /** The same for whoever asks the nodes, so that nobody parses a status of 5,000 nodes for it. */
  lean: BitcoinNetwork;
}
export type SeenService = SeenAsText<LiveService, ChildSight>;
export type SeenStatefulSet = SeenAsText<LiveStatefulSet, ChildSight>;

export interface SeenPod extends Seen {
  sight: ChildSight;
  /** UID of what controls it. */
  controller: string | null;
  /** Version of the template that it was made from. */
  madeFrom: string | null;
  /** When it was made: milliseconds since 1970. */
  madeAtMs: number;
  /** null: its name or its labels are not those of a network's pod */
  facts: PodFacts | null;
  /** The same for whoever asks the nodes. */
  owned: OwnedPod | null;
}

/** A copy of the object, for the caller alone. */
export const wholeOf = <T>({ text }: { text: TextOf<T> }): T => JSON.parse(text) as T;

const placeOf = ({ metadata }: Live): Omit<Seen, 'network'> => ({
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid,
  dying: metadata.deletionTimestamp !== undefined,
});

/** Without the record of who wrote which field, which is most of a small object. */
const textOf = (object: Live): string =>
  JSON.stringify({ ...object, metadata: { ...object.metadata, managedFields: undefined } });

export const seenNetwork = (network: BitcoinNetwork): SeenNetwork => ({
  ...placeOf(network),
  network: network.metadata.name,
  sight: networkSight(network),
  text: textOf(network),
  lean: leanNetwork(network),
});

export function seenService({ metadata, spec }: LiveService): SeenService {
  const service = { metadata, ...(spec === undefined ? {} : { spec }) };
  const sight = serviceSight(service);
  return { ...placeOf(service), network: sight.network, sight, text: textOf(service) };
}

export function seenStatefulSet({ metadata, spec, status }: LiveStatefulSet): SeenStatefulSet {
  const { observedGeneration, updateRevision } = status ?? {};
  const set = { metadata, spec, status: { observedGeneration, updateRevision } } as LiveStatefulSet;
  const sight = statefulSetSight(set);
  return { ...placeOf(set), network: sight.network, sight, text: textOf(set) };
}

export function seenPod(pod: LivePod): SeenPod {
  const named = networkOfPod(pod.metadata.name);
  // The label by which a list of the network's pods finds them.
  const network = named !== null && pod.metadata.labels?.[APP_LABEL] === named ? named : null;
  const facts = network === null ? null : podFacts(network, pod);
  return {
    ...placeOf(pod),
    network,
    sight: podSight(pod),
    controller: controllerOf(pod)?.uid ?? null,
    madeFrom: madeFrom(pod),
    madeAtMs: madeAtMs(pod),
    facts,
    owned: ownedPod(pod, facts),
  };
}
