/** Where a node's container finds its files, and under which keys the node Secret holds them. */

/** Keys of the Secret `<name>-node`; the credentials' own keys stand beside them. */
export const NODE_KEYS = {
  /** btcd's configuration. */
  btcdConfig: 'btcd.conf',
  /** The configuration of btcd's command line, so that `kubectl exec … btcctl` needs no arguments. */
  btcctlConfig: 'btcctl.conf',
  /** Bitcoin Core's configuration, for bitcoind and bitcoin-cli alike. */
  coreConfig: 'bitcoin.conf',
  /** Certificate and key of the nodes' RPC servers, and the authority that signed it; all PEM. */
  certificate: 'tls.crt',
  key: 'tls.key',
  ca: 'ca.crt',
  /** Credentials that pods may still run with while nodes are replaced, as a JSON list; mounted into no pod. */
  earlier: 'earlier-credentials',
} as const;

/** Chain, peers and logs; an emptyDir. Home directory of the node's user as well. */
export const DATA_DIRECTORY = '/data';

/** Configuration and certificates of a btcd container, read-only. */
export const BTCD_DIRECTORY = '/etc/btcd';

/** Where btcctl looks for its configuration in the home directory: the same files again, read-only. */
export const BTCCTL_DIRECTORY = `${DATA_DIRECTORY}/.btcctl`;

/** Where users of the original find Bitcoin Core's configuration. */
export const CORE_CONFIG = '/bitcoin.conf';
