/** The Secret `<name>-node` judged against what it should be. */
import type { ChildState } from '../../workflows/facts.ts';
import { PASSWORD_KEY, USER_KEY } from '../../workflows/names.ts';
import type { Failure } from '../../workflows/observation.ts';
import type { IssuedCertificate } from '../bitcoin/certificate.ts';
import { declares } from './drift.ts';
import { StepError } from './errors.ts';
import { credentialsOf } from './manifests/container.ts';
import type { NetworkSource } from './manifests/network.ts';
import { NODE_KEYS } from './manifests/node-files.ts';
import { nodeSecretManifest } from './manifests/node-secret.ts';
import { implementationOf } from './node-defaults.ts';
import type { NodeDefaults } from './node-defaults.ts';
import type { LiveSecret } from './objects.ts';
import { childState } from './ownership.ts';
import { rotationOf } from './rotation.ts';
import { sourceCredentials, valueOf } from './source-secret.ts';

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
    const implementation = implementationOf(network.spec, defaults);
    try {
      const manifest = nodeSecretManifest({
        network,
        implementation,
        source: sourceCredentials(source, implementation),
        certificate,
        rotation: rotationOf(live),
      });
      return !declares(manifest, { ...live, apiVersion: 'v1', kind: 'Secret' });
    } catch (error) {
      if (error instanceof StepError) return true;
      throw error;
    }
  });
}

const makesOwn = ({ spec }: NetworkSource): boolean => spec.secret === undefined || spec.secret === '';

/** Why credentials cannot be taken from that Secret; null: they can, or it will be made. */
export function sourceProblem(
  network: NetworkSource,
  source: LiveSecret | null,
  defaults: NodeDefaults,
): Failure | null {
  const { namespace, name } = { namespace: network.metadata.namespace, name: credentialsOf(network) };
  if (source === null) {
    const message = `The Secret ${namespace}/${name} that spec.secret names does not exist; create it with the keys ${USER_KEY} and ${PASSWORD_KEY}.`;
    return makesOwn(network) ? null : { reason: 'SecretMissing', message };
  }
  const state = childState(source, network.metadata, () => false);
  if (makesOwn(network) && state !== 'ours') {
    const message =
      state === 'foreign'
        ? `The Secret ${name} is needed for the network's credentials and belongs to somebody else; delete it or name it in spec.secret.`
        : `Waiting until the Secret ${name} of a deleted network of the same name is gone.`;
    return { reason: 'ChildConflict', message };
  }
  try {
    sourceCredentials(source, implementationOf(network.spec, defaults));
    return null;
  } catch (error) {
    if (error instanceof StepError) return error.failure;
    throw error;
  }
}

/** Certificate, key and authority that a node Secret holds; null unless all three are there. */
export function certificateOf(node: LiveSecret): IssuedCertificate | null {
  const [ca, certificate, key] = [NODE_KEYS.ca, NODE_KEYS.certificate, NODE_KEYS.key].map((name) =>
    valueOf(node, name),
  );
  return ca && certificate && key ? { ca, certificate, key } : null;
}
