/** Replacing one outdated node. */
import type { NetworkRef } from '../workflows/observation.ts';
import type { PodFacts } from '../workflows/facts.ts';
import { statefulSetName } from '../workflows/names.ts';
import { updatedNodes } from '../workflows/conditions.ts';
import { plan } from '../workflows/plan.ts';
import { nodeToRoll } from '../workflows/rolling.ts';
import type { Dependencies } from './dependencies.ts';
import { about, recordEvent } from './kubernetes/events.ts';
import { VERSION_ANNOTATION } from './kubernetes/manifests/node-secret.ts';
import { deleteExactly, get, PODS, STATEFUL_SETS } from './kubernetes/objects.ts';
import { look } from './observe.ts';

/**
 * Looks again, and deletes the pod whose turn it is: nothing when something is not well by now. Its set makes it again from the present
 * template. Two at once do no harm: the second finds the first one's pod on its way out.
 *
 * @returns the pod's name, or why there was nothing to do
 */
export async function rollNode(
  dependencies: Dependencies,
  ref: NetworkRef,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { facts } = await look(dependencies, ref, { signal });
  const { now, tipMaxAgeMs } = dependencies;
  const { due } = plan(facts, new Date(now()).toISOString(), { tipMaxAgeMs });
  const isDue = facts.network?.metadata.uid === ref.uid && due.flat().includes('rollNode');
  const pod = isDue ? nodeToRoll(facts) : null;
  if (pod === null) return 'not now';
  const why = await reasonFor(dependencies, ref, pod, signal);
  const { name, uid } = pod;
  const isDeleted = await deleteExactly(
    dependencies.cluster,
    PODS,
    { namespace: ref.namespace, name, uid },
    { signal },
  );
  if (!isDeleted) return 'it is gone already';
  const nodes = facts.network?.spec.nodes ?? 0;
  const updated = updatedNodes(facts.pods, nodes);
  dependencies.log.info('Node rolled', { ...about(ref), node: pod.ordinal, why, updated, nodes });
  const message = `Pod ${pod.name} is replaced because ${why}; ${updated} of ${nodes} nodes were up to date.`;
  await recordEvent(dependencies, ref, { type: 'Normal', reason: 'NodeRolled', message }, { signal });
  return pod.name;
}

/** What has changed since the pod was made, for people. */
async function reasonFor(
  { cluster }: Dependencies,
  { namespace, name }: NetworkRef,
  pod: PodFacts,
  signal: AbortSignal | undefined,
): Promise<string> {
  const [live, set] = await Promise.all([
    get(cluster, PODS, namespace, pod.name, { signal }),
    get(cluster, STATEFUL_SETS, namespace, statefulSetName(name), { signal }),
  ]);
  const images = [imageOf(live?.spec?.containers), imageOf(set?.spec?.template?.spec?.containers)];
  const versions = [live, set?.spec?.template].map((one) => one?.metadata?.annotations?.[VERSION_ANNOTATION]);
  const changed = [
    ...(images[0] === images[1] ? [] : [`the image is ${images[1] ?? ''} now`]),
    ...(versions[0] === versions[1] ? [] : ['the credentials have changed']),
  ];
  return changed.length === 0 ? 'the pod template has changed' : changed.join(' and ');
}

const imageOf = (containers: { image?: string }[] | undefined): string | undefined => containers?.[0]?.image;
