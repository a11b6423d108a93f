/** The fixed-name children of a network, each with its kind. */
import { credentialsSecretName, nodeSecretName, serviceName, statefulSetName } from '../../workflows/names.ts';
import { SECRETS, SERVICES, STATEFUL_SETS } from './objects.ts';
import type { Kind, Live } from './objects.ts';

export const childrenOf = (network: string): { kind: Kind<Live>; name: string }[] => [
  { kind: SERVICES, name: serviceName(network) },
  { kind: STATEFUL_SETS, name: statefulSetName(network) },
  { kind: SECRETS, name: nodeSecretName(network) },
  { kind: SECRETS, name: credentialsSecretName(network) },
];
