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
import {
  BTCCTL_CA,
  BTCCTL_CONFIG,
  BTCD_CERTIFICATE,
  BTCD_CONFIG,
  BTCD_HOME,
  BTCD_KEY,
  NODE_KEYS,
} from './node-files.ts';

/** Path of a file below the home directory, as an item of the volume wants it. */
const inHome = (path: string): string => path.slice(BTCD_HOME.length + 1);

/**
 * The image's entry point is btcd. All its settings are in the mounted Secret: nothing but the path of a file is on the
 * command line. The probe is btcctl with the same file that people use through `kubectl exec`.
 */
export function btcdParts(network: NetworkSource, image: string): NodeParts {
  const base = baseContainer(network, image);
  const probe = { exec: { command: ['btcctl', `--configfile=${BTCCTL_CONFIG}`, 'getblockcount'] } };
  return {
    container: {
      ...base,
      args: [`--configfile=${BTCD_CONFIG}`],
      env: [{ name: 'HOME', value: BTCD_HOME }, ...(base.env ?? [])],
      volumeMounts: [...(base.volumeMounts ?? []), { name: CONFIG_VOLUME, mountPath: BTCD_HOME, readOnly: true }],
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
          items: [
            { key: NODE_KEYS.btcdConfig, path: inHome(BTCD_CONFIG) },
            { key: NODE_KEYS.certificate, path: inHome(BTCD_CERTIFICATE) },
            { key: NODE_KEYS.key, path: inHome(BTCD_KEY) },
            { key: NODE_KEYS.btcctlConfig, path: inHome(BTCCTL_CONFIG) },
            { key: NODE_KEYS.ca, path: inHome(BTCCTL_CA) },
          ],
        },
      },
    ],
  };
}
