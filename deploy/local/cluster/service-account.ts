import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { API_SERVER_URL, CLUSTER_NAME } from '../addresses.ts';
import { paths } from '../locations.ts';
import type { Programs } from '../parts/install.ts';
import { type Kubectl, kubectlFor } from './kubectl.ts';

/** The worker's own account, as deploy/rbac.yaml declares it. */
const NAMESPACE = 'bitcoin-controller';
const ACCOUNT = 'bitcoin-controller-sva';
/** What the API server calls it. */
export const WORKER_USER = `system:serviceaccount:${NAMESPACE}:${ACCOUNT}`;
/** A year: nobody renews it while the worker runs; `up` does when it is refused. */
const TOKEN_DURATION = '8760h';

export const workerKubeconfig = (): string => paths.kubeconfig('worker');

async function isAccepted(programs: Programs): Promise<boolean> {
  const asWorker = kubectlFor(programs, workerKubeconfig());
  return (await asWorker.attempt(['auth', 'whoami', '-o', 'name'], { timeout: 5000 })).code === 0;
}

/**
 * Writes a kubeconfig with a token of the worker's service account, unless there is one that is accepted: the worker
 * has the rights here that it has in any cluster, not an administrator's.
 * @returns undefined where the account is not declared.
 */
export async function ensureWorkerKubeconfig(programs: Programs, kubectl: Kubectl): Promise<string | undefined> {
  const account = await kubectl.run([
    'get',
    'serviceaccount',
    ACCOUNT,
    '-n',
    NAMESPACE,
    '--ignore-not-found',
    '-o',
    'name',
  ]);
  if (account.trim() === '') return undefined;
  if (await isAccepted(programs)) return workerKubeconfig();
  const token = await kubectl.run(['create', 'token', ACCOUNT, '-n', NAMESPACE, `--duration=${TOKEN_DURATION}`]);
  const authority = await readFile(paths.certificate('ca.crt'));
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: CLUSTER_NAME,
        cluster: { server: API_SERVER_URL, 'certificate-authority-data': authority.toString('base64') },
      },
    ],
    users: [{ name: ACCOUNT, user: { token: token.trim() } }],
    contexts: [{ name: CLUSTER_NAME, context: { cluster: CLUSTER_NAME, user: ACCOUNT, namespace: 'default' } }],
    'current-context': CLUSTER_NAME,
  };
  await mkdir(dirname(workerKubeconfig()), { recursive: true });
  await writeFile(workerKubeconfig(), `${JSON.stringify(kubeconfig, undefined, 2)}\n`, { mode: 0o600 });
  return workerKubeconfig();
}
