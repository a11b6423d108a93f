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

/** Credentials in the clear, and the version of the Secret that they came from. */
export interface SourceCredentials {
  user: string;
  password: string;
  version: string;
}

export interface NodeSecretInput {
  network: NetworkSource;
  implementation: Implementation;
  source: SourceCredentials;
  certificate: IssuedCertificate;
}

/** Names that a node's RPC server is called by: in the pod, in the namespace, and from anywhere in the cluster. */
export function certificateHosts({ metadata }: NetworkSource): string[] {
  const service = serviceName(metadata.name);
  const suffixes = [service, `${service}.${metadata.namespace}`, `${service}.${metadata.namespace}.svc`];
  return ['localhost', ...suffixes.map((suffix) => `*.${suffix}`)];
}

/** Values are in base64 (`data`), so that the live object can be compared field by field. */
export function nodeSecretManifest({ network, implementation, source, certificate }: NodeSecretInput): Plain<V1Secret> {
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
      annotations: { [SOURCE_ANNOTATION]: source.version },
      ownerReferences: [ownerReference(metadata)],
    },
    data: inBase64({
      ...files,
      [USER_KEY]: user,
      [PASSWORD_KEY]: password,
      [NODE_KEYS.certificate]: certificate.certificate,
      [NODE_KEYS.key]: certificate.key,
      [NODE_KEYS.ca]: certificate.ca,
    }),
  };
}

export const inBase64 = (values: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
