/** The nodes' configuration files, as text. */
import { P2P_PORT, RPC_PORT } from '../../../workflows/names.ts';
import { DEFAULT_MINING_ADDRESS } from '../../bitcoin/dialect.ts';
import { BTCD_DIRECTORY, DATA_DIRECTORY, NODE_KEYS } from './node-files.ts';

export interface NodeConfigInput {
  user: string;
  password: string;
  /** UID of the network: the fence that keeps other networks out. */
  networkUid: string;
}

/** How long btcd collects announcements before it sends them; 10 s by default, which would be felt after every block. */
const TRICKLE_INTERVAL = '200ms';

/** MiB for btcd's cache of unspent outputs: 137 MB of memory become 30. */
const UTXO_CACHE_MIB = 1;

/** Connections that btcd answers at once; beyond them it says 503. The worker, a probe and a few people. */
const RPC_CLIENTS = 64;

/** A value that btcd's parser reads back as it is, whatever characters it has: Go unquotes what JSON quotes. */
const quoted = (value: string): string => JSON.stringify(value);

const lines = (...entries: string[]): string => `${entries.join('\n')}\n`;

/** `btcd.conf` */
export const btcdConfig = ({ user, password, networkUid }: NodeConfigInput): string =>
  lines(
    '[Application Options]',
    'regtest=1',
    `datadir=${DATA_DIRECTORY}/chain`,
    `logdir=${DATA_DIRECTORY}/logs`,
    `rpcuser=${quoted(user)}`,
    `rpcpass=${quoted(password)}`,
    `rpclisten=0.0.0.0:${RPC_PORT}`,
    `rpccert=${BTCD_DIRECTORY}/${NODE_KEYS.certificate}`,
    `rpckey=${BTCD_DIRECTORY}/${NODE_KEYS.key}`,
    `rpcmaxclients=${RPC_CLIENTS}`,
    `listen=0.0.0.0:${P2P_PORT}`,
    'nodnsseed=1',
    'nobanning=1',
    'nostalldetect=1',
    `trickleinterval=${TRICKLE_INTERVAL}`,
    `utxocachemaxsize=${UTXO_CACHE_MIB}`,
    `miningaddr=${DEFAULT_MINING_ADDRESS}`,
    // Nodes of other networks, which have the same magic, are refused by the name that they introduce themselves with.
    `uacomment=${networkUid}`,
    `agentwhitelist=${networkUid}`,
  );

/** `btcctl.conf` */
export const btcctlConfig = ({ user, password }: NodeConfigInput): string =>
  lines(
    '[Application Options]',
    'regtest=1',
    `rpcserver=localhost:${RPC_PORT}`,
    `rpcuser=${quoted(user)}`,
    `rpcpass=${quoted(password)}`,
    `rpccert=${BTCD_DIRECTORY}/${NODE_KEYS.ca}`,
  );

/** `bitcoin.conf`, for bitcoind and bitcoin-cli; ports and fences belong to the chain's own section. */
export const coreConfig = ({ user, password, networkUid }: NodeConfigInput): string =>
  lines(
    'regtest=1',
    'server=1',
    'rest=1',
    'printtoconsole=1',
    `rpcuser=${user}`,
    `rpcpassword=${password}`,
    `uacomment=${networkUid}`,
    'dbcache=4',
    // A chain without a block for a day must not put its nodes back into initial download: a hundred years.
    'maxtipage=3153600000',
    '[regtest]',
    `port=${P2P_PORT}`,
    `rpcport=${RPC_PORT}`,
    'rpcbind=0.0.0.0',
    'rpcallowip=0.0.0.0/0',
    // Nobody is dialled automatically; added nodes still are.
    'connect=0',
    'listen=1',
    'dnsseed=0',
    'discover=0',
    'fallbackfee=0.0002',
    'rpcworkqueue=64',
  );
