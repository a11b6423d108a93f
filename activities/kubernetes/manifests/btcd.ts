/** btcd's container. */
import { nodeSecretName } from '../../../workflows/names.ts';
import {
  baseContainer,
  CONFIG_VOLUME,
  dataVolume,
  READINESS_TIMING,
  SECRET_MODE,
  STARTUP_TIMING,
} from './container.ts';
import type { NodeParts } from './container.ts';
import type { NetworkSource } from './network.ts';
import { BTCCTL_DIRECTORY, BTCD_DIRECTORY, DATA_DIRECTORY, NODE_KEYS } from './node-files.ts';

/** What the container gets to see of the node Secret, and where. */
const FILES = [
  { key: NODE_KEYS.btcdConfig, directory: BTCD_DIRECTORY },
  { key: NODE_KEYS.certificate, directory: BTCD_DIRECTORY },
  { key: NODE_KEYS.key, directory: BTCD_DIRECTORY },
  { key: NODE_KEYS.ca, directory: BTCD_DIRECTORY },
  { key: NODE_KEYS.btcctlConfig, directory: BTCCTL_DIRECTORY },
];

/**
 * The image's entry point is btcd. All its settings are in the mounted Secret: nothing but the path of a file is on the
 * command line. The probe is btcctl with the same file that people use through `kubectl exec`. The home directory must be
 * writable: btcd makes a folder in it, and removes there what older versions left.
 *
 * Every file is mounted by itself (`subPath`): such a file stays as it was when the container started, while a mounted folder follows the
 * Secret within a minute. So the probe, and whoever uses btcctl in the pod, has the credentials that the node runs with until it is
 * replaced.
 */
export function btcdParts(network: NetworkSource, image: string): NodeParts {
  const base = baseContainer(network, image);
  const config = `${BTCCTL_DIRECTORY}/${NODE_KEYS.btcctlConfig}`;
  const probe = { exec: { command: ['btcctl', `--configfile=${config}`, 'getblockcount'] } };
  return {
    container: {
      ...base,
      args: [`--configfile=${BTCD_DIRECTORY}/${NODE_KEYS.btcdConfig}`],
      env: [{ name: 'HOME', value: DATA_DIRECTORY }, ...(base.env ?? [])],
      volumeMounts: [
        ...(base.volumeMounts ?? []),
        ...FILES.map(({ key, directory }) => ({
          name: CONFIG_VOLUME,
          mountPath: `${directory}/${key}`,
          subPath: key,
          readOnly: true,
        })),
      ],
      startupProbe: { ...probe, ...STARTUP_TIMING },
      readinessProbe: { ...probe, ...READINESS_TIMING },
    },
    volumes: [
      dataVolume(),
      {
        name: CONFIG_VOLUME,
        secret: {
          secretName: nodeSecretName(network.metadata.name),
          defaultMode: SECRET_MODE,
          items: FILES.map(({ key }) => ({ key, path: key })),
        },
      },
    ],
  };
}
