/** What the containers of both implementations have in common. */
import type { V1Container, V1Volume } from '@kubernetes/client-node';
import {
  containerName,
  credentialsSecretName,
  P2P_PORT,
  PASSWORD_KEY,
  RPC_PORT,
  USER_KEY,
} from '../../../workflows/names.ts';
import type { NetworkSource } from './network.ts';
import { DATA_DIRECTORY } from './node-files.ts';
import type { Plain } from './plain.ts';

/** Names of the pod's volumes. */
export const DATA_VOLUME = 'data';
export const CONFIG_VOLUME = 'config';

/** Readable by the node's group (`fsGroup`) and nobody else: octal 0440. */
export const SECRET_MODE = 0o440;

/** An idle regtest node of either kind needs some 30 MB and next to no processor. */
const REQUESTS = { cpu: '10m', memory: '64Mi' };

/** A network's implementation: its container and the volumes that this mounts. */
export interface NodeParts {
  container: Plain<V1Container>;
  volumes: Plain<V1Volume>[];
}

/** The Secret that a network's credentials come from: the one that it names, or the one that is made for it. */
export const credentialsOf = ({ metadata, spec }: NetworkSource): string =>
  spec.secret === undefined || spec.secret === '' ? credentialsSecretName(metadata.name) : spec.secret;

/** Name, image, ports, credentials and security; the probes and the rest are the implementation's. */
export function baseContainer(network: NetworkSource, image: string): Plain<V1Container> {
  const secret = credentialsOf(network);
  return {
    name: containerName(network.metadata.name),
    image,
    imagePullPolicy: 'IfNotPresent',
    ports: [
      { name: 'rpc', containerPort: RPC_PORT, protocol: 'TCP' },
      { name: 'p2p', containerPort: P2P_PORT, protocol: 'TCP' },
    ],
    env: [USER_KEY, PASSWORD_KEY].map((key) => ({ name: key, valueFrom: { secretKeyRef: { name: secret, key } } })),
    resources: { requests: REQUESTS },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [{ name: DATA_VOLUME, mountPath: DATA_DIRECTORY }],
  };
}

export const dataVolume = (): Plain<V1Volume> => ({ name: DATA_VOLUME, emptyDir: {} });

/** While a node starts it is probed every second; 300 misses are given to slow machines before it is started again. */
export const STARTUP_TIMING = { periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 300 };
/** Afterwards every 10 s: three misses make it not ready. */
export const READINESS_TIMING = { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 };
