/** Values of `BTCNET_RPC_TRANSPORT`: to the pods' addresses, through the API server, or whichever of them works. */
export const TRANSPORTS = ['auto', 'direct', 'port-forward'] as const;
export type Transport = (typeof TRANSPORTS)[number];
