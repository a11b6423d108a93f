/** Service and StatefulSet: judged against their manifests, created, put back. */
import type { ChildState } from '../../workflows/facts.ts';
import type { NetworkRef } from '../../workflows/observation.ts';
import { nodeSecretName, serviceName, statefulSetName } from '../../workflows/names.ts';
import type { Cluster } from './cluster.ts';
import { declares, sameMap } from './drift.ts';
import { isAlreadyExists, isInvalid, StepError } from './errors.ts';
import { about, recordEvent } from './events.ts';
import { pause } from './follow.ts';
import { credentialsOf } from './manifests/container.ts';
import type { NetworkSource } from './manifests/network.ts';
import { serviceManifest } from './manifests/service.ts';
import { statefulSetManifest } from './manifests/stateful-set.ts';
import { requireNetwork } from './network.ts';
import type { NodeDefaults } from './node-defaults.ts';
import { nodeSecretState } from './node-secret-state.ts';
import { apply, create, get, overwrite, SECRETS, SERVICES, STATEFUL_SETS } from './objects.ts';
import type { Kind, Live, LiveService, LiveStatefulSet, Options } from './objects.ts';
import { childState } from './ownership.ts';
import { revisionOf, templateVersion } from './rotation.ts';
import type { Writer } from './writer.ts';

/** A foreign key in the selector would empty the Service, so the selector is compared exactly. */
export const serviceState = (network: NetworkSource, live: LiveService | null): ChildState =>
  childState(live, network.metadata, (service) => {
    const manifest = serviceManifest(network);
    return (
      !declares(manifest, identified(SERVICES, service)) || !sameMap(manifest.spec?.selector, service.spec?.selector)
    );
  });

/** A number of replicas other than declared is drift too, whoever changed which side. */
export const statefulSetState = (
  network: NetworkSource,
  live: LiveStatefulSet | null,
  defaults: NodeDefaults,
  credentials: string | null = null,
): ChildState =>
  childState(
    live,
    network.metadata,
    (set) => !declares(statefulSetManifest(network, defaults, credentials), identified(STATEFUL_SETS, set)),
  );

/** Lists and some answers leave out what kind an object is of. */
const identified = <T extends Live>({ apiVersion, kind }: Kind<T>, live: T): object => ({ ...live, apiVersion, kind });

/** What a step did: `unchanged` when all was as declared. */
export type Outcome = 'created' | 'restored' | 'scaled' | 'unchanged';

export async function ensureService(writer: Writer, ref: NetworkRef, options: Options = {}): Promise<Outcome> {
  const { cluster } = writer;
  const [network, live] = await Promise.all([
    requireNetwork(cluster, ref, options),
    get(cluster, SERVICES, ref.namespace, serviceName(ref.name), options),
  ]);
  const manifest = serviceManifest(network);
  const state = serviceState(network, live);
  const outcome = await ensureChild(writer, SERVICES, { manifest, live, state }, options);
  if (outcome !== 'unchanged')
    await tell(writer, ref, { kind: 'Service', name: serviceName(ref.name), outcome }, options);
  return outcome;
}

export async function ensureStatefulSet(writer: Writer, ref: NetworkRef, options: Options = {}): Promise<Outcome> {
  const { cluster, defaults } = writer;
  const [network, live, node] = await Promise.all([
    requireNetwork(cluster, ref, options),
    get(cluster, STATEFUL_SETS, ref.namespace, statefulSetName(ref.name), options),
    get(cluster, SECRETS, ref.namespace, nodeSecretName(ref.name), options),
  ]);
  const source = await get(cluster, SECRETS, ref.namespace, credentialsOf(network), options);
  const isRendered = nodeSecretState(network, node, source, defaults) === 'ours';
  const credentials = templateVersion(node, isRendered, live);
  const manifest = statefulSetManifest(network, defaults, credentials);
  const state = statefulSetState(network, live, defaults, credentials);
  const done = await ensureChild(writer, STATEFUL_SETS, { manifest, live, state }, options);
  if (done === 'unchanged') return done;
  if (done === 'restored') await awaitRevision(cluster, ref, options);
  const from = live?.spec?.replicas;
  const to = network.spec.nodes;
  const outcome = done === 'restored' && from !== undefined && from !== to ? 'scaled' : done;
  const numbers = { ...(from === undefined ? {} : { from }), to };
  await tell(writer, ref, { kind: 'StatefulSet', name: statefulSetName(ref.name), outcome, numbers }, options);
  return outcome;
}

/** Milliseconds that a changed set is given to be seen by its controller, which takes some 20; and between two looks. */
const SEEN_WITHIN_MS = 2_000;
const LOOK_EVERY_MS = 50;

/** Only when the controller has seen a changed set is it known which pods are outdated, and the status can say so. */
async function awaitRevision(cluster: Cluster, ref: NetworkRef, options: Options): Promise<void> {
  for (let waited = 0; waited < SEEN_WITHIN_MS; waited += LOOK_EVERY_MS) {
    const set = await get(cluster, STATEFUL_SETS, ref.namespace, statefulSetName(ref.name), options);
    if (revisionOf(set) !== null) return;
    await pause(LOOK_EVERY_MS, options.signal ?? new AbortController().signal);
    options.signal?.throwIfAborted();
  }
}

/**
 * Creates by POST, so that nothing of another owner is ever taken over; applies only to what is ours and has drifted.
 *
 * @throws StepError `ChildConflict` when somebody else's object, or one on its way out, has the name
 */
export async function ensureChild<T extends Live>(
  { cluster, ownWrites }: Pick<Writer, 'cluster' | 'ownWrites'>,
  kind: Kind<T>,
  child: { manifest: { metadata?: { name?: string; namespace?: string } }; live: T | null; state: ChildState },
  options: Options = {},
): Promise<'created' | 'restored' | 'unchanged'> {
  const { manifest, live, state } = child;
  const name = manifest.metadata?.name ?? '';
  if (state === 'ours') return 'unchanged';
  if (state === 'foreign' || state === 'dying') throw conflict(kind.kind, name, state);
  try {
    ownWrites.record(
      live === null
        ? await create(cluster, kind, manifest, options)
        : await putBack(cluster, kind, manifest, live, options),
    );
    return live === null ? 'created' : 'restored';
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const message = `The ${kind.kind} ${name} appeared just now; it is looked at again.`;
    throw new StepError({ reason: 'Conflict', message }, { permanent: false, cause: error });
  }
}

async function putBack<T extends Live>(
  cluster: Cluster,
  kind: Kind<T>,
  manifest: object,
  live: T,
  options: Options,
): Promise<T> {
  try {
    return await apply(cluster, kind, manifest, live, options);
  } catch (error) {
    if (!isInvalid(error)) throw error;
    return overwrite(cluster, kind, manifest, live, options);
  }
}

function conflict(kind: string, name: string, state: 'foreign' | 'dying'): StepError {
  const message =
    state === 'foreign'
      ? `The ${kind} ${name} belongs to somebody else; delete or rename it, or rename the network.`
      : `Waiting until the ${kind} ${name} of a deleted network of the same name is gone.`;
  return new StepError({ reason: 'ChildConflict', message });
}

interface Told {
  kind: 'Service' | 'StatefulSet';
  name: string;
  outcome: Exclude<Outcome, 'unchanged'>;
  numbers?: { from?: number; to: number };
}

async function tell(writer: Writer, ref: NetworkRef, told: Told, options: Options): Promise<void> {
  const { kind, name, outcome, numbers } = told;
  const verb = { created: 'Created', restored: 'Restored', scaled: 'Scaled' }[outcome];
  const size =
    numbers === undefined ? '' : outcome === 'scaled' ? ` from ${numbers.from ?? 0} to ${numbers.to} nodes` : '';
  const message =
    outcome === 'restored'
      ? `${kind} ${name} was not as declared and has been put back.`
      : `${verb} ${kind} ${name}${size}.`;
  writer.log.info('Child ensured', { ...about(ref), kind, child: name, outcome, ...numbers });
  await recordEvent(writer, ref, { type: 'Normal', reason: `${kind}${verb}`, message }, options);
}
