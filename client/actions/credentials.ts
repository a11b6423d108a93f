/** User and password of a network's nodes, out of the Secret that they come from. */
import { credentialsSecretName, PASSWORD_KEY, USER_KEY } from '../../workflows/names.ts';
import { withoutLineEnd } from '../../workflows/spec.ts';
import { BtcnetError } from '../errors.ts';
import type { NetworkStore } from '../kubernetes/network-store.ts';
import { printed, type NetworkId } from '../network-id.ts';

export interface Credentials {
  namespace: string;
  name: string;
  user: string;
  password: string;
  /** Name of the Secret in the network's namespace. */
  secret: string;
  /** The network names the Secret itself (`spec.secret`); otherwise it was made for the network. */
  named: boolean;
  /** Nodes that still have to be replaced before they run what is declared now, which may be other credentials. */
  outdatedNodes: number;
}

/**
 * Throws `NOT_FOUND` when there is no such network or Secret, `FAILED` when a key is missing in it, `REFUSED` when the caller may not read
 * Secrets.
 */
export async function credentials(store: NetworkStore, network: NetworkId): Promise<Credentials> {
  const { spec, status } = await store.read(network);
  const secret = spec.secret === undefined || spec.secret === '' ? credentialsSecretName(network.name) : spec.secret;
  const named = secret === spec.secret;
  const place = `${network.namespace}/${secret}`;
  const values = await store.secret(network.namespace, secret);
  if (values === null) {
    const cure = named ? 'create it, or name another in spec.secret' : 'it is made as soon as a worker looks after it';
    throw new BtcnetError(
      'NOT_FOUND',
      `the Secret ${place} with the credentials of network ${printed(network)} does not exist: ${cure}`,
    );
  }
  const value = (key: string): string => {
    const text = withoutLineEnd(values[key] ?? '');
    if (text !== '') return text;
    throw new BtcnetError('FAILED', `the Secret ${place} has no value for the key ${key}: add it`);
  };
  return {
    ...network,
    user: value(USER_KEY),
    password: value(PASSWORD_KEY),
    secret,
    named,
    outdatedNodes: Math.max(0, spec.nodes - (status?.updatedNodes ?? spec.nodes)),
  };
}
