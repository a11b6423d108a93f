/** A network's credentials and certificates: from the Secret that it names, or made for it, into the Secret of its nodes. */
import type { ChildState } from '../../workflows/facts.ts';
import { nodeSecretName, PASSWORD_KEY, USER_KEY } from '../../workflows/names.ts';
import type { NetworkRef } from '../../workflows/observation.ts';
import { issueCertificate } from '../bitcoin/certificate.ts';
import type { IssuedCertificate } from '../bitcoin/certificate.ts';
import { ensureChild } from './children.ts';
import type { Outcome } from './children.ts';
import { declares } from './drift.ts';
import { isAlreadyExists, StepError } from './errors.ts';
import { about, recordEvent } from './events.ts';
import { credentialsOf } from './manifests/container.ts';
import { credentialsSecretManifest, randomPassword } from './manifests/credentials-secret.ts';
import type { NetworkSource } from './manifests/network.ts';
import { NODE_KEYS } from './manifests/node-files.ts';
import { certificateHosts, nodeSecretManifest } from './manifests/node-secret.ts';
import { requireNetwork } from './network.ts';
import { implementationOf } from './node-defaults.ts';
import type { NodeDefaults } from './node-defaults.ts';
import { create, get, SECRETS } from './objects.ts';
import type { LiveSecret, Options } from './objects.ts';
import { childState, isControlledBy } from './ownership.ts';
import { sourceCredentials, valueOf } from './source-secret.ts';
import type { Writer } from './writer.ts';

const makesOwn = ({ spec }: NetworkSource): boolean => spec.secret === undefined || spec.secret === '';

/**
 * State of the Secret `<name>-node`: drifted as well when the Secret that the credentials come from has changed, is gone, or
 * lacks something.
 *
 * @param source the Secret that the network names, or `<name>-rpc`
 */
export function nodeSecretState(
  network: NetworkSource,
  node: LiveSecret | null,
  source: LiveSecret | null,
  defaults: NodeDefaults,
): ChildState {
  return childState(node, network.metadata, (live) => {
    const certificate = certificateOf(live);
    if (source === null || certificate === null) return true;
    try {
      return !declares(manifestOf(network, source, certificate, defaults), {
        ...live,
        apiVersion: 'v1',
        kind: 'Secret',
      });
    } catch (error) {
      if (error instanceof StepError) return true;
      throw error;
    }
  });
}

/**
 * Makes the Secret `<name>-node` as it should be: configuration, credentials, certificates. Certificates are issued once.
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
  const state = nodeSecretState(network, node, source, defaults);
  if (state === 'ours') return 'unchanged';
  const issued =
    (node === null ? null : certificateOf(node)) ??
    (await issueCertificate({ hosts: certificateHosts(network), now: new Date(now()) }));
  const manifest = manifestOf(network, source, issued, defaults);
  const outcome = await ensureChild(writer, SECRETS, { manifest, live: node, state }, options);
  log.info('Node Secret ensured', { ...about(ref), outcome });
  if (outcome === 'restored') {
    const message = `The nodes' configuration was rendered again from the Secret ${credentialsOf(network)}; a node takes it up when its pod is made again.`;
    await recordEvent(writer, ref, { type: 'Normal', reason: 'CredentialsRendered', message }, options);
  }
  return outcome;
}

const manifestOf = (
  network: NetworkSource,
  source: LiveSecret,
  certificate: IssuedCertificate,
  defaults: NodeDefaults,
): ReturnType<typeof nodeSecretManifest> => {
  const implementation = implementationOf(network.spec, defaults);
  return nodeSecretManifest({
    network,
    implementation,
    source: sourceCredentials(source, implementation),
    certificate,
  });
};

/** Certificate, key and authority that a node Secret holds; null unless all three are there. */
function certificateOf(node: LiveSecret): IssuedCertificate | null {
  const [ca, certificate, key] = [NODE_KEYS.ca, NODE_KEYS.certificate, NODE_KEYS.key].map((name) =>
    valueOf(node, name),
  );
  return ca && certificate && key ? { ca, certificate, key } : null;
}

async function requireSource(
  writer: Writer,
  network: NetworkSource,
  ref: NetworkRef,
  options: Options,
): Promise<LiveSecret> {
  const { cluster } = writer;
  const name = credentialsOf(network);
  const source = await get(cluster, SECRETS, ref.namespace, name, options);
  if (!makesOwn(network)) return source ?? missing(ref.namespace, name);
  if (source === null) return makeCredentials(writer, network, ref, options);
  if (isControlledBy(source, ref.uid) && source.metadata.deletionTimestamp === undefined) return source;
  const message = `The Secret ${name} is needed for the network's credentials and belongs to somebody else; delete it or name it in spec.secret.`;
  throw new StepError({ reason: 'ChildConflict', message });
}

function missing(namespace: string, name: string): never {
  const message = `The Secret ${namespace}/${name} that spec.secret names does not exist; create it with the keys ${USER_KEY} and ${PASSWORD_KEY}.`;
  throw new StepError({ reason: 'SecretMissing', message });
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
