/** The connection to Temporal, as its own environment variables and configuration file say, and nothing else. */
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { BtcnetError } from '../errors.ts';

/** How long the server may take to answer the first time, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;

const DEFAULT_ADDRESS = 'localhost:7233';
const DEFAULT_NAMESPACE = 'default';

export interface TemporalOptions {
  /** `host:port` of the server; `TEMPORAL_ADDRESS`, the configuration file or localhost:7233 when left out. */
  temporalAddress?: string | undefined;
  /** `TEMPORAL_NAMESPACE`, the configuration file or `default` when left out. */
  temporalNamespace?: string | undefined;
}

/** Throws `UNREACHABLE` when there is no answer within 5 s, `REFUSED` when the configuration cannot be read. */
export async function connectTemporal(options: TemporalOptions): Promise<Client> {
  const { connectionOptions, namespace } = configured();
  const address = options.temporalAddress ?? connectionOptions.address ?? DEFAULT_ADDRESS;
  const { tls, apiKey, metadata } = connectionOptions;
  try {
    const connection = await Connection.connect({
      address,
      connectTimeout: CONNECT_TIMEOUT_MS,
      ...(tls === undefined ? {} : { tls }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(metadata === undefined ? {} : { metadata }),
    });
    return new Client({
      connection,
      namespace: options.temporalNamespace ?? namespace ?? DEFAULT_NAMESPACE,
      // A network that is gone has a finished workflow: what that one says is about the past.
      workflow: { queryRejectCondition: 'NOT_OPEN' },
    });
  } catch (error) {
    throw new BtcnetError(
      'UNREACHABLE',
      `cannot reach Temporal at ${address}: is it running, is TEMPORAL_ADDRESS (or --temporal-address) right?`,
      error,
    );
  }
}

function configured(): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig();
  } catch (error) {
    throw new BtcnetError('REFUSED', `cannot read the configuration of Temporal: ${(error as Error).message}`, error);
  }
}
