/** The Secret `<name>-rpc`: random credentials for a network that names none. */
import type { V1Secret } from '@kubernetes/client-node';
import { randomBytes } from 'node:crypto';
import { credentialsSecretName, MANAGER, networkLabels, PASSWORD_KEY, USER_KEY } from '../../../workflows/names.ts';
import { ownerReference } from '../ownership.ts';
import type { NetworkSource } from './network.ts';
import { inBase64 } from './node-secret.ts';
import type { Plain } from './plain.ts';

/** Bytes of a random password: as strong as anything around it. */
const PASSWORD_BYTES = 24;

/** Letters, digits, `-` and `_` only: safe in every configuration file, header and shell. */
export const randomPassword = (): string => randomBytes(PASSWORD_BYTES).toString('base64url');

export function credentialsSecretManifest({ metadata }: NetworkSource, password: string): Plain<V1Secret> {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: {
      name: credentialsSecretName(metadata.name),
      namespace: metadata.namespace,
      labels: networkLabels(metadata.name),
      ownerReferences: [ownerReference(metadata)],
    },
    data: inBase64({ [USER_KEY]: MANAGER, [PASSWORD_KEY]: password }),
  };
}
