/** Taking a network away, and waiting until nothing is left of it. */
import { selectorText, statefulSetName } from '../../workflows/names.ts';
import type { NetworkRef } from '../../workflows/observation.ts';
import { childrenOf } from './child-names.ts';
import type { Cluster } from './cluster.ts';
import { about } from './events.ts';
import { pause } from './follow.ts';
import { deleteNetwork, getNetwork } from './network.ts';
import { get, list, NETWORKS, PODS, STATEFUL_SETS } from './objects.ts';
import type { LivePod, Options } from './objects.ts';
import { controllerOf, isControlledBy } from './ownership.ts';
import type { Writer } from './writer.ts';

/** Milliseconds between two looks at what is left. */
const LOOK_EVERY_MS = 250;

export interface RemoveOptions extends Options {
  /** Milliseconds to wait for garbage collection before `gone: false` is returned. */
  timeoutMs: number;
}

export interface Removal {
  /** Nothing is left. */
  gone: boolean;
  /** What was there at the first look and is not there any more: objects as `StatefulSet my-network-sts`, pods as a count. */
  removed: { objects: string[]; nodes: number };
}

/**
 * Deletes the resource of exactly this UID, lets garbage collection take its children, and waits for that, but not for ever. Works
 * as well when somebody deleted the resource before. Another network of the same name is not touched.
 */
export async function removeNetwork(writer: Writer, ref: NetworkRef, options: RemoveOptions): Promise<Removal> {
  const { cluster, log, now } = writer;
  const { signal, timeoutMs } = options;
  const deadline = now() + timeoutMs;
  const before = await remains(cluster, ref, { signal });
  if (before.length === 0) return { gone: true, removed: { objects: [], nodes: 0 } };
  if (await deleteNetwork(cluster, ref, { signal })) log.info('Network deleted', about(ref));
  for (;;) {
    const left = new Set(await remains(cluster, ref, { signal }));
    const gone = left.size === 0;
    if (gone || now() >= deadline) {
      const removed = before.filter((object) => !left.has(object));
      const objects = removed.filter((object) => !object.startsWith(`${PODS.kind} `));
      log.info(gone ? 'Network gone' : 'Network not gone yet', { ...about(ref), left: left.size });
      return { gone, removed: { objects, nodes: removed.length - objects.length } };
    }
    await pause(LOOK_EVERY_MS, signal ?? new AbortController().signal);
    signal?.throwIfAborted();
  }
}

/** Everything of the network of this UID that exists: `<kind> <name>`, the resource first, the pods last. */
export async function remains(cluster: Cluster, ref: NetworkRef, options: Options = {}): Promise<string[]> {
  const { namespace, name, uid } = ref;
  // The pods come first: a set that is read afterwards tells for each of them whether it belongs to another network by now.
  const pods = await listNodePods(cluster, ref, options);
  const [network, set, ...children] = await Promise.all([
    getNetwork(cluster, ref, options),
    get(cluster, STATEFUL_SETS, namespace, statefulSetName(name), options),
    ...childrenOf(name).map(async (child) => ({
      label: `${child.kind.kind} ${child.name}`,
      live: await get(cluster, child.kind, namespace, child.name, options),
    })),
  ]);
  const successor = set !== null && !isControlledBy(set, uid) ? set.metadata.uid : null;
  return [
    ...(network?.metadata.uid === uid ? [`${NETWORKS.kind} ${name}`] : []),
    ...children.filter(({ live }) => live !== null && isControlledBy(live, uid)).map(({ label }) => label),
    ...pods.filter(({ controller }) => controller !== successor).map((pod) => `${PODS.kind} ${pod.name}`),
  ];
}

async function listNodePods(
  cluster: Cluster,
  { namespace, name }: NetworkRef,
  { signal }: Options,
): Promise<{ name: string; controller: string }[]> {
  const keep = (pod: LivePod): { name: string; controller: string } | null => {
    const controller = controllerOf(pod);
    const isNode = controller?.kind === STATEFUL_SETS.kind && controller.name === statefulSetName(name);
    return isNode ? { name: pod.metadata.name, controller: controller.uid } : null;
  };
  const { items } = await list(cluster, PODS, { namespace, labelSelector: selectorText(name), keep, signal });
  return items.filter((pod) => pod !== null);
}
