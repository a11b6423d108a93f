import { BtcnetError } from '../errors.ts';
import { printed, type NetworkId } from '../network-id.ts';

/** There is nobody to ask about this network. */
export const noWorkflow = (network: NetworkId, cause?: unknown): BtcnetError =>
  new BtcnetError(
    'NOT_FOUND',
    `no workflow runs for network ${printed(network)} (is there such a network, and a worker?)`,
    cause,
  );
