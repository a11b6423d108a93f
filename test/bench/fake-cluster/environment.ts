import { BENCH_STATE } from '../../../deploy/local/locations.ts';

/** What makes a process work on the fake cluster's control plane instead of the local stack's: folders and ports of its own. */
export const FAKE_CLUSTER_ENVIRONMENT = {
  BTCNET_STATE: BENCH_STATE,
  BTCNET_PORT_SHIFT: '10000',
} as const;
