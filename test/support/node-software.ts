/** What the nodes of a test run: how it is asked in a pod, and the worker's settings with which it is the default. */
import type { Implementation } from '../../workflows/spec.ts';
import { provideCoreImage } from './core-image.ts';

export interface NodeSoftware {
  implementation: Implementation;
  /** Command in the container that takes an RPC method and its parameters. */
  cli: readonly string[];
  /** `BTCNET_…` with which a network that names neither implementation nor image runs it. */
  workerSettings: () => Promise<Record<string, string>>;
}

export const BTCD: NodeSoftware = {
  implementation: 'btcd',
  cli: ['btcctl'],
  workerSettings: () => Promise.resolve({}),
};

/** The stand-in for Bitcoin Core: no image of Core can be had where the tests run; on another cluster Core itself. */
export const CORE: NodeSoftware = {
  implementation: 'bitcoin-core',
  cli: ['bitcoin-cli', '-regtest', '-conf=/bitcoin.conf'],
  workerSettings: async () => ({
    BTCNET_DEFAULT_IMPLEMENTATION: 'bitcoin-core',
    BTCNET_DEFAULT_IMAGE: await provideCoreImage(),
  }),
};

/** The tests run on the cluster and the Temporal server of the environment, by which a worker of Bitcoin Core networks runs already. */
export const ON_CURRENT_CLUSTER = process.env['BTCNET_TEST_CLUSTER'] === 'current';

/** Names and software that a test is run with, one after the other. */
export const UNDER_TEST: [name: string, software: NodeSoftware][] = ON_CURRENT_CLUSTER
  ? [['Bitcoin Core', CORE]]
  : [
      ['btcd', BTCD],
      ['a stand-in for Bitcoin Core', CORE],
    ];
