/** Brings up the local stack with a worker of this checkout, and tells the tests where everything is. */
import { workerKubeconfig } from '../../deploy/local/cluster/service-account.ts';
import { paths } from '../../deploy/local/locations.ts';
import { ensurePrograms, programPath } from '../../deploy/local/parts/install.ts';
import { Progress } from '../../deploy/local/progress.ts';
import { isStackRunning } from '../../deploy/local/status.ts';
import { up } from '../../deploy/local/up.ts';
import { openDirectRpc } from '../support/direct-rpc.ts';
import { ON_CURRENT_CLUSTER } from '../support/node-software.ts';

export default async function setup(): Promise<void> {
  if (ON_CURRENT_CLUSTER) return;
  const progress = new Progress();
  (globalThis as { btcnetStackWasRunning?: boolean }).btcnetStackWasRunning = isStackRunning();
  const status = await up({ worker: true, progress });
  await openDirectRpc();
  const programs = await ensurePrograms(['btcd'], progress);
  Object.assign(process.env, {
    KUBECONFIG: status.kubeconfig,
    TEMPORAL_ADDRESS: status.temporalAddress,
    TEMPORAL_NAMESPACE: status.temporalNamespace,
    BTCNET_TEST_SERVICE_ACCOUNT_KUBECONFIG: workerKubeconfig(),
    BTCNET_BTCD: programPath(programs, 'btcd'),
    BTCNET_TEST_BIN: paths.bin(),
  });
}
