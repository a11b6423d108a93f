/** Leaves the local stack as it was found: running with a worker of its defaults, or not at all. */
import { down } from '../../deploy/local/down.ts';
import { up } from '../../deploy/local/up.ts';
import { ON_CURRENT_CLUSTER } from '../support/node-software.ts';

export default async function teardown(): Promise<void> {
  if (ON_CURRENT_CLUSTER) return;
  if ((globalThis as { btcnetStackWasRunning?: boolean }).btcnetStackWasRunning) await up({ worker: true });
  else await down({ purge: false });
}
