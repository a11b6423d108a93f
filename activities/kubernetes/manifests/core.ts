/** Bitcoin Core's container. */
import { nodeSecretName, RPC_PORT } from '../../../workflows/names.ts';
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
import { CORE_CONFIG, DATA_DIRECTORY, NODE_KEYS } from './node-files.ts';

/**
 * Any image with bitcoind on its PATH. The daemon is the container's first process, so that it gets the SIGTERM. The probe asks
 * the REST interface, which needs neither credentials nor a process. HOME is the data directory, where bitcoind and bitcoin-cli
 * both look for `.bitcoin`.
 */
export function coreParts(network: NetworkSource, image: string): NodeParts {
  const base = baseContainer(network, image);
  const probe = { httpGet: { path: '/rest/chaininfo.json', port: RPC_PORT, scheme: 'HTTP' } };
  return {
    container: {
      ...base,
      command: ['bitcoind', `-conf=${CORE_CONFIG}`, `-datadir=${DATA_DIRECTORY}`],
      env: [{ name: 'HOME', value: DATA_DIRECTORY }, ...(base.env ?? [])],
      volumeMounts: [
        ...(base.volumeMounts ?? []),
        { name: CONFIG_VOLUME, mountPath: CORE_CONFIG, subPath: NODE_KEYS.coreConfig, readOnly: true },
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
          items: [{ key: NODE_KEYS.coreConfig, path: NODE_KEYS.coreConfig }],
        },
      },
    ],
  };
}
