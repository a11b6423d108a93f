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
} as const;

/** Home directory in a btcd container: btcd looks in `.btcd` of it, btcctl in `.btcctl`. Mounted read-only. */
export const BTCD_HOME = '/home/btcd';
export const BTCD_CONFIG = `${BTCD_HOME}/.btcd/btcd.conf`;
export const BTCD_CERTIFICATE = `${BTCD_HOME}/.btcd/rpc.cert`;
export const BTCD_KEY = `${BTCD_HOME}/.btcd/rpc.key`;
export const BTCCTL_CONFIG = `${BTCD_HOME}/.btcctl/btcctl.conf`;
export const BTCCTL_CA = `${BTCD_HOME}/.btcctl/ca.crt`;

/** Where users of the original find Bitcoin Core's configuration. */
export const CORE_CONFIG = '/bitcoin.conf';

/** Chain, peers and logs; an emptyDir. */
export const DATA_DIRECTORY = '/data';
