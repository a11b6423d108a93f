/** The Secret `<name>-node`: everything that a node reads at its start. */
import type { V1Secret } from '@kubernetes/client-node';
import { GROUP, networkLabels, nodeSecretName, PASSWORD_KEY, serviceName, USER_KEY } from '../../../workflows/names.ts';
import type { Implementation } from '../../../workflows/spec.ts';
import type { IssuedCertificate } from '../../bitcoin/certificate.ts';
import { ownerReference } from '../ownership.ts';
import type { NetworkSource } from './network.ts';
import { btcctlConfig, btcdConfig, coreConfig } from './node-config.ts';
import { NODE_KEYS } from './node-files.ts';
import type { Plain } from './plain.ts';

/** Which version of which Secret the credentials were taken from: `<uid>/<resourceVersion>`. Never anything of the password. */
export const SOURCE_ANNOTATION = `${GROUP}/credentials-source`;

/**
 * Which version of which Secret brought the credentials that the nodes should run with: another one only when the values are others, so
 * that a label of the named Secret rolls nothing. Absent until they change for the first time. On the Secret of the nodes and, so that a
 * change of it is a change of the template, on their pods.
 */
export const VERSION_ANNOTATION = `${GROUP}/credentials-version`;

/** Credentials in the clear. */
export interface Credentials {
  user: string;
  password: string;
}

/** How a network came by its credentials. */
export interface Rotation {
  /** Value of {@link VERSION_ANNOTATION}; null: they never changed. */
  version: string | null;
  /** Those that pods may still run with, the newest first. */
  earlier: Credentials[];
}

/** Credentials in the clear, and the version of the Secret that they came from. */
export interface SourceCredentials extends Credentials {
  version: string;
}

export interface NodeSecretInput {
  network: NetworkSource;
  implementation: Implementation;
  source: SourceCredentials;
  certificate: IssuedCertificate;
  /** Left out: new, and so never changed. */
  rotation?: Rotation;
}

const UNCHANGED: Rotation = { version: null, earlier: [] };

/** Names that a node's RPC server is called by: in the pod, in the namespace, and from anywhere in the cluster. */
export function certificateHosts({ metadata }: NetworkSource): string[] {
  const service = serviceName(metadata.name);
  const suffixes = [service, `${service}.${metadata.namespace}`, `${service}.${metadata.namespace}.svc`];
  return ['localhost', ...suffixes.map((suffix) => `*.${suffix}`)];
}

/** Values are in base64 (`data`), so that the live object can be compared field by field. */
export function nodeSecretManifest(input: NodeSecretInput): Plain<V1Secret> {
  const { network, implementation, source, certificate, rotation = UNCHANGED } = input;
  const { metadata } = network;
  const { user, password } = source;
  const config = { user, password, networkUid: metadata.uid };
  const files =
    implementation === 'btcd'
      ? { [NODE_KEYS.btcdConfig]: btcdConfig(config), [NODE_KEYS.btcctlConfig]: btcctlConfig(config) }
      : { [NODE_KEYS.coreConfig]: coreConfig(config) };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: {
      name: nodeSecretName(metadata.name),
      namespace: metadata.namespace,
      labels: networkLabels(metadata.name),
      annotations: {
        [SOURCE_ANNOTATION]: source.version,
        ...(rotation.version === null ? {} : { [VERSION_ANNOTATION]: rotation.version }),
      },
      ownerReferences: [ownerReference(metadata)],
    },
    data: inBase64({
      ...files,
      [USER_KEY]: user,
      [PASSWORD_KEY]: password,
      [NODE_KEYS.certificate]: certificate.certificate,
      [NODE_KEYS.key]: certificate.key,
      [NODE_KEYS.ca]: certificate.ca,
      ...(rotation.earlier.length === 0 ? {} : { [NODE_KEYS.earlier]: JSON.stringify(rotation.earlier) }),
    }),
  };
}

export const inBase64 = (values: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
