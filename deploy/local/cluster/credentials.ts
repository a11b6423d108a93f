import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  API_SERVICE_ADDRESS,
  BRIDGE_ADDRESS,
  CLUSTER_DOMAIN,
  CLUSTER_NAME,
  LOOPBACK,
  NODE_NAME,
  POD_SUBNET,
  PORTS,
  SERVICE_SUBNET,
} from '../addresses.ts';
import { paths } from '../locations.ts';
import { type Programs, programPath } from '../parts/install.ts';
import { runCommand } from '../run-command.ts';
import { KUBERNETES_VERSION } from '../versions.ts';

/** Ten years, as the authority itself: a stack that nobody touched for a year must still start. */
const VALIDITY = '87600h';

/** The kubeconfig of the administrator: of the group system:masters, which needs no role binding. */
export const adminKubeconfig = (): string => paths.kubeconfig('super-admin');

/** Clients for which kubeadm has no kubeconfig of its own, and the user names that their roles are bound to. */
export const EXTRA_USERS = { 'kube-proxy': 'system:kube-proxy', coredns: 'system:coredns' } as const;

function kubeadmConfiguration(certificates: string): string {
  return `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: ${BRIDGE_ADDRESS}
  bindPort: ${PORTS.apiServer}
nodeRegistration:
  name: ${NODE_NAME}
  criSocket: unix://${paths.containerdSocket()}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v${KUBERNETES_VERSION}
clusterName: ${CLUSTER_NAME}
certificatesDir: ${certificates}
certificateValidityPeriod: ${VALIDITY}
controlPlaneEndpoint: ${LOOPBACK}:${PORTS.apiServer}
networking:
  serviceSubnet: ${SERVICE_SUBNET}
  podSubnet: ${POD_SUBNET}
  dnsDomain: ${CLUSTER_DOMAIN}
apiServer:
  certSANs: [localhost, ${LOOPBACK}, ${BRIDGE_ADDRESS}, ${API_SERVICE_ADDRESS}]
`;
}

function isComplete(): boolean {
  // The last file that is written of either folder; both get their names only when they are whole.
  return existsSync(paths.certificate('sa.key')) && existsSync(paths.kubeconfig('coredns'));
}

/** Has kubeadm make the authorities, certificates and kubeconfigs, once for the life of the data. */
export async function ensureCredentials(programs: Programs): Promise<void> {
  if (isComplete()) return;
  const kubeadm = programPath(programs, 'kubeadm');
  const newPki = `${paths.pki()}.new`;
  const newKubeconfigs = `${paths.kubeconfigs()}.new`;
  for (const directory of [newPki, newKubeconfigs, paths.pki(), paths.kubeconfigs()]) {
    await rm(directory, { recursive: true, force: true });
  }
  await mkdir(newKubeconfigs, { recursive: true, mode: 0o700 });
  await mkdir(newPki, { recursive: true, mode: 0o700 });
  const config = paths.config('kubeadm.yaml');
  await mkdir(join(config, '..'), { recursive: true });
  await writeFile(config, kubeadmConfiguration(newPki));
  await runCommand(kubeadm, ['init', 'phase', 'certs', 'all', '--config', config]);
  await runCommand(kubeadm, [
    'init',
    'phase',
    'kubeconfig',
    'all',
    '--config',
    config,
    '--kubeconfig-dir',
    newKubeconfigs,
  ]);
  for (const [file, user] of Object.entries(EXTRA_USERS)) {
    const args = ['kubeconfig', 'user', '--client-name', user, '--validity-period', VALIDITY, '--config', config];
    await writeFile(join(newKubeconfigs, `${file}.conf`), await runCommand(kubeadm, args), { mode: 0o600 });
  }
  await rename(newPki, paths.pki());
  await rename(newKubeconfigs, paths.kubeconfigs());
}
