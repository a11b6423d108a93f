import { API_SERVER_URL, BRIDGE_ADDRESS, CLUSTER_NAME, LOOPBACK, PORTS, SERVICE_SUBNET } from '../addresses.ts';
import { WORKER_USER } from '../cluster/service-account.ts';
import { answersOk } from '../health.ts';
import { paths } from '../locations.ts';
import { type Programs, programPath } from '../parts/install.ts';
import { KUBERNETES_VERSION } from '../versions.ts';
import type { Daemon } from './daemon.ts';

/** The default of 20 requests a second makes a network of some hundred nodes wait for its pods. */
const CLIENT_LIMITS = ['--kube-api-qps=500', '--kube-api-burst=1000'];
/** The audit log is kept in files of this size, in MB, and this many old ones. */
const AUDIT_LOG_SIZE = 100;
const AUDIT_LOG_FILES = 3;

/** What the worker asks for, and never what it sends or is answered: a Secret's content would stand there. */
const AUDIT_POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
    users: ['${WORKER_USER}']
  - level: None
`;

const authority = (): string => paths.certificate('ca.crt');

export function apiServer(programs: Programs): Daemon {
  const auditPolicy = paths.config('audit-policy.yaml');
  return {
    name: 'kube-apiserver',
    version: KUBERNETES_VERSION,
    program: programPath(programs, 'kube-apiserver'),
    args: [
      `--advertise-address=${BRIDGE_ADDRESS}`,
      `--secure-port=${PORTS.apiServer}`,
      '--allow-privileged=true',
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      `--client-ca-file=${authority()}`,
      `--tls-cert-file=${paths.certificate('apiserver.crt')}`,
      `--tls-private-key-file=${paths.certificate('apiserver.key')}`,
      `--etcd-servers=https://${LOOPBACK}:${PORTS.etcdClients}`,
      `--etcd-cafile=${paths.certificate('etcd/ca.crt')}`,
      `--etcd-certfile=${paths.certificate('apiserver-etcd-client.crt')}`,
      `--etcd-keyfile=${paths.certificate('apiserver-etcd-client.key')}`,
      `--kubelet-client-certificate=${paths.certificate('apiserver-kubelet-client.crt')}`,
      `--kubelet-client-key=${paths.certificate('apiserver-kubelet-client.key')}`,
      '--kubelet-preferred-address-types=InternalIP',
      `--proxy-client-cert-file=${paths.certificate('front-proxy-client.crt')}`,
      `--proxy-client-key-file=${paths.certificate('front-proxy-client.key')}`,
      `--requestheader-client-ca-file=${paths.certificate('front-proxy-ca.crt')}`,
      '--requestheader-allowed-names=front-proxy-client',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-username-headers=X-Remote-User',
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-key-file=${paths.certificate('sa.pub')}`,
      `--service-account-signing-key-file=${paths.certificate('sa.key')}`,
      `--service-cluster-ip-range=${SERVICE_SUBNET}`,
      `--audit-policy-file=${auditPolicy}`,
      `--audit-log-path=${paths.auditLog()}`,
      '--audit-log-mode=batch',
      `--audit-log-maxsize=${AUDIT_LOG_SIZE}`,
      `--audit-log-maxbackup=${AUDIT_LOG_FILES}`,
    ],
    files: { [auditPolicy]: AUDIT_POLICY },
    endpoints: [{ port: PORTS.apiServer }],
    isReady: () => answersOk(`${API_SERVER_URL}/readyz`, authority()),
  };
}

/** They serve their health with the API server's certificate, which names the loopback address. */
const serving = (port: number): string[] => [
  `--bind-address=${LOOPBACK}`,
  `--secure-port=${port}`,
  `--tls-cert-file=${paths.certificate('apiserver.crt')}`,
  `--tls-private-key-file=${paths.certificate('apiserver.key')}`,
  // There is only one of each, so nothing is to be elected, and a restart need not wait for a lease to run out.
  '--leader-elect=false',
];

const access = (user: string): string[] => [
  `--kubeconfig=${paths.kubeconfig(user)}`,
  `--authentication-kubeconfig=${paths.kubeconfig(user)}`,
  `--authorization-kubeconfig=${paths.kubeconfig(user)}`,
];

export function controllerManager(programs: Programs): Daemon {
  return {
    name: 'kube-controller-manager',
    version: KUBERNETES_VERSION,
    program: programPath(programs, 'kube-controller-manager'),
    args: [
      ...serving(PORTS.controllerManager),
      ...access('controller-manager'),
      ...CLIENT_LIMITS,
      `--cluster-name=${CLUSTER_NAME}`,
      `--client-ca-file=${authority()}`,
      `--requestheader-client-ca-file=${paths.certificate('front-proxy-ca.crt')}`,
      `--root-ca-file=${authority()}`,
      `--cluster-signing-cert-file=${authority()}`,
      `--cluster-signing-key-file=${paths.certificate('ca.key')}`,
      `--service-account-private-key-file=${paths.certificate('sa.key')}`,
      '--use-service-account-credentials=true',
    ],
    endpoints: [{ port: PORTS.controllerManager }],
    isReady: () => answersOk(`https://${LOOPBACK}:${PORTS.controllerManager}/healthz`, authority()),
  };
}

export function scheduler(programs: Programs): Daemon {
  return {
    name: 'kube-scheduler',
    version: KUBERNETES_VERSION,
    program: programPath(programs, 'kube-scheduler'),
    args: [...serving(PORTS.scheduler), ...access('scheduler'), ...CLIENT_LIMITS],
    endpoints: [{ port: PORTS.scheduler }],
    isReady: () => answersOk(`https://${LOOPBACK}:${PORTS.scheduler}/healthz`, authority()),
  };
}
