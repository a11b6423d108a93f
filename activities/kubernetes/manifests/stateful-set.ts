/** The StatefulSet of a network's nodes. */
import type { V1StatefulSet } from '@kubernetes/client-node';
import { networkLabels, selectorLabels, serviceName, statefulSetName } from '../../../workflows/names.ts';
import { imageOf, implementationOf } from '../node-defaults.ts';
import type { NodeDefaults } from '../node-defaults.ts';
import { ownerReference } from '../ownership.ts';
import { btcdParts } from './btcd.ts';
import { coreParts } from './core.ts';
import type { NetworkSource } from './network.ts';
import { VERSION_ANNOTATION } from './node-secret.ts';
import type { Plain } from './plain.ts';

/** User and group of the node's process. */
const NODE_USER = 1000;

/** Seconds that a node gets to end: either implementation needs one or two on regtest. */
const GRACE_SECONDS = 10;

/**
 * Pods start and stop side by side. A changed template reaches a node only when its pod is deleted (`OnDelete`), which `rollNode` does
 * one at a time: faster would lose the chain, which lives in the pods.
 *
 * @param credentials version of the nodes' credentials: another one makes another template; null: they never changed
 */
export function statefulSetManifest(
  network: NetworkSource,
  defaults: NodeDefaults,
  credentials: string | null = null,
): Plain<V1StatefulSet> {
  const { metadata, spec } = network;
  const { name, namespace } = metadata;
  const build = implementationOf(spec, defaults) === 'btcd' ? btcdParts : coreParts;
  const { container, volumes } = build(network, imageOf(spec, defaults));
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name: statefulSetName(name),
      namespace,
      labels: networkLabels(name),
      ownerReferences: [ownerReference(metadata)],
    },
    spec: {
      replicas: spec.nodes,
      serviceName: serviceName(name),
      selector: { matchLabels: selectorLabels(name) },
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'OnDelete' },
      template: {
        metadata: {
          labels: networkLabels(name),
          ...(credentials === null ? {} : { annotations: { [VERSION_ANNOTATION]: credentials } }),
        },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: GRACE_SECONDS,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: NODE_USER,
            runAsGroup: NODE_USER,
            fsGroup: NODE_USER,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [container],
          volumes,
        },
      },
    },
  };
}
