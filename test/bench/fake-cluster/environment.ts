/** What makes a process work on the fake cluster's control plane instead of the local stack's: folders and ports of its own. */
export const FAKE_CLUSTER_ENVIRONMENT = {
  BTCNET_STATE: '/var/lib/btcnet-bench',
  BTCNET_PORT_SHIFT: '10000',
} as const;
