/** A network's credentials and certificates: from the Secret that it names, or made for it, into the Secret of its nodes. */
import { nodeSecretName, statefulSetName } from '../../workflows/names.ts';
import type { NetworkRef } from '../../workflows/observation.ts';
import { issueCertificate } from '../bitcoin/certificate.ts';
import { ensureChild, statefulSetState } from './children.ts';
import type { Outcome } from './children.ts';
import { isAlreadyExists, StepError } from './errors.ts';
import { about, recordEvent } from './events.ts';
import { credentialsOf } from './manifests/container.ts';
import { credentialsSecretManifest, randomPassword } from './manifests/credentials-secret.ts';
import type { NetworkSource } from './manifests/network.ts';
import { certificateHosts, nodeSecretManifest } from './manifests/node-secret.ts';
import { requireNetwork } from './network.ts';
import { implementationOf } from './node-defaults.ts';
import { certificateOf, nodeSecretState, sourceProblem } from './node-secret-state.ts';
import { readPods } from './node-source.ts';
import { create, get, SECRETS, STATEFUL_SETS } from './objects.ts';
import type { LiveSecret, Options } from './objects.ts';
import { listPods } from './pods.ts';
import { areAllUpdated, holdsEarlier, rotated, rotationOf, templateVersion } from './rotation.ts';
import { sourceCredentials } from './source-secret.ts';
import type { Writer } from './writer.ts';

/**
 * Makes the Secret `<name>-node` as it should be: configuration, credentials, certificates. Certificates are issued once. Credentials
 * that pods may still run with are kept beside the present ones until the last of these pods is replaced.
 *
 * @throws StepError `SecretMissing`, `SecretIncomplete`, `SecretInvalid` (all name Secret and key) or `ChildConflict`
 */
export async function ensureCredentials(writer: Writer, ref: NetworkRef, options: Options = {}): Promise<Outcome> {
  const { cluster, defaults, now, log } = writer;
  const [network, node] = await Promise.all([
    requireNetwork(cluster, ref, options),
    get(cluster, SECRETS, ref.namespace, nodeSecretName(ref.name), options),
  ]);
  const source = await requireSource(writer, network, ref, options);
  const rendered = nodeSecretState(network, node, source, defaults);
  const forget = rendered === 'ours' && holdsEarlier(node) && (await isRolled(writer, network, node, options));
  if (rendered === 'ours' && !forget) return 'unchanged';

  const implementation = implementationOf(network.spec, defaults);
  const credentials = sourceCredentials(source, implementation);
  const kept = node === null ? null : certificateOf(node);
  const certificate = kept ?? (await issueCertificate({ hosts: certificateHosts(network), now: new Date(now()) }));
  const nodesRun = node === null && (await readPods(cluster, ref, options)).some((pod) => pod.containerStart !== null);
  const rotation = rotated(node, credentials, { issued: kept === null ? certificate.ca : null, nodesRun });
  const manifest = nodeSecretManifest({
    network,
    implementation,
    source: credentials,
    certificate,
    rotation: forget ? { ...rotation, earlier: [] } : rotation,
  });
  const state = forget ? 'drifted' : rendered;
  const outcome = await ensureChild(writer, SECRETS, { manifest, live: node, state }, options);
  const changed = node !== null && rotation.version !== rotationOf(node).version;
  log.info('Node Secret ensured', { ...about(ref), outcome, changed, forgotten: forget });
  if (changed) {
    const message = `The credentials in the Secret ${credentialsOf(network)} have changed: the nodes are replaced one at a time.`;
    await recordEvent(writer, ref, { type: 'Normal', reason: 'CredentialsRendered', message }, options);
  }
  return outcome;
}

/** No pod runs with earlier credentials any more. */
async function isRolled(
  { cluster, defaults }: Writer,
  network: NetworkSource,
  node: LiveSecret | null,
  options: Options,
): Promise<boolean> {
  const { namespace, name } = network.metadata;
  const set = await get(cluster, STATEFUL_SETS, namespace, statefulSetName(name), options);
  const setIsOurs = statefulSetState(network, set, defaults, templateVersion(node, true, set)) === 'ours';
  if (set === null || !setIsOurs) return false;
  return areAllUpdated(set, setIsOurs, await listPods(cluster, { namespace, name }, set, options));
}

async function requireSource(
  writer: Writer,
  network: NetworkSource,
  ref: NetworkRef,
  options: Options,
): Promise<LiveSecret> {
  const { cluster, defaults } = writer;
  const source = await get(cluster, SECRETS, ref.namespace, credentialsOf(network), options);
  const problem = sourceProblem(network, source, defaults);
  if (problem !== null) throw new StepError(problem);
  return source ?? makeCredentials(writer, network, ref, options);
}

async function makeCredentials(
  { cluster, log }: Writer,
  network: NetworkSource,
  ref: NetworkRef,
  options: Options,
): Promise<LiveSecret> {
  try {
    const made = await create(cluster, SECRETS, credentialsSecretManifest(network, randomPassword()), options);
    log.info('Credentials made', { ...about(ref), secret: made.metadata.name });
    return made;
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const message = `The Secret ${credentialsOf(network)} appeared just now; it is looked at again.`;
    throw new StepError({ reason: 'Conflict', message }, { permanent: false, cause: error });
  }
}
