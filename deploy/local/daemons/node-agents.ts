import { BRIDGE_ADDRESS, CGROUP_ROOT, CLUSTER_DOMAIN, LOOPBACK, NODE_NAME, POD_SUBNET, PORTS } from '../addresses.ts';
import { answersOk } from '../health.ts';
import { ensureCgroup } from '../host/cgroups.ts';
import { paths } from '../locations.ts';
import { type Programs, programPath } from '../parts/install.ts';
import { KUBERNETES_VERSION } from '../versions.ts';
import type { Daemon } from './daemon.ts';
import { join } from 'node:path';

/** More than the default of 110: networks may be large, and the subnet has room. */
const MAX_PODS = 500;

function kubeletConfiguration(): string {
  return `${JSON.stringify(
    {
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      address: BRIDGE_ADDRESS,
      port: PORTS.kubelet,
      readOnlyPort: 0,
      healthzBindAddress: LOOPBACK,
      healthzPort: PORTS.kubeletHealth,
      authentication: {
        anonymous: { enabled: false },
        webhook: { enabled: true },
        x509: { clientCAFile: paths.certificate('ca.crt') },
      },
      authorization: { mode: 'Webhook' },
      containerRuntimeEndpoint: `unix://${paths.containerdSocket()}`,
      cgroupDriver: 'cgroupfs',
      cgroupRoot: `/${CGROUP_ROOT}`,
      failCgroupV1: false,
      failSwapOn: false,
      enforceNodeAllocatable: [],
      clusterDNS: [BRIDGE_ADDRESS],
      clusterDomain: CLUSTER_DOMAIN,
      maxPods: MAX_PODS,
      podLogsDir: paths.podLogs(),
      volumePluginDir: join(paths.kubelet(), 'volume-plugins'),
      serializeImagePulls: false,
      // What is here was imported and cannot be pulled again.
      imageGCHighThresholdPercent: 100,
      // A laptop's disk is often nearly full; only its very end is a reason to evict pods.
      evictionHard: {
        'memory.available': '100Mi',
        'nodefs.available': '1%',
        'imagefs.available': '1%',
        'nodefs.inodesFree': '1%',
      },
      syncFrequency: '10s',
      kubeAPIQPS: 500,
      kubeAPIBurst: 1000,
      eventRecordQPS: 100,
      eventBurst: 500,
    },
    undefined,
    2,
  )}\n`;
}

export function kubelet(programs: Programs): Daemon {
  const config = paths.config('kubelet.json');
  return {
    name: 'kubelet',
    version: KUBERNETES_VERSION,
    program: programPath(programs, 'kubelet'),
    args: [
      `--config=${config}`,
      `--kubeconfig=${paths.kubeconfig('kubelet')}`,
      `--root-dir=${paths.kubelet()}`,
      `--cert-dir=${join(paths.kubelet(), 'pki')}`,
      `--hostname-override=${NODE_NAME}`,
      // A loopback address is refused here, and then `kubectl exec` fails.
      `--node-ip=${BRIDGE_ADDRESS}`,
    ],
    files: { [config]: kubeletConfiguration() },
    endpoints: [{ port: PORTS.kubelet }, { port: PORTS.kubeletHealth }],
    beforeStart: () => {
      ensureCgroup();
      return Promise.resolve();
    },
    isReady: () => answersOk(`http://${LOOPBACK}:${PORTS.kubeletHealth}/healthz`),
  };
}

export function kubeProxy(programs: Programs): Daemon {
  const config = paths.config('kube-proxy.json');
  return {
    name: 'kube-proxy',
    version: KUBERNETES_VERSION,
    program: programPath(programs, 'kube-proxy'),
    args: [`--config=${config}`],
    files: {
      [config]: `${JSON.stringify(
        {
          apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
          kind: 'KubeProxyConfiguration',
          clientConnection: { kubeconfig: paths.kubeconfig('kube-proxy') },
          mode: 'iptables',
          clusterCIDR: POD_SUBNET,
          hostnameOverride: NODE_NAME,
          healthzBindAddress: `${LOOPBACK}:${PORTS.proxyHealth}`,
          metricsBindAddress: `${LOOPBACK}:${PORTS.proxyMetrics}`,
          // The machine's own limits are left as they are.
          conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
          iptables: { localhostNodePorts: false },
        },
        undefined,
        2,
      )}\n`,
    },
    endpoints: [{ port: PORTS.proxyHealth }, { port: PORTS.proxyMetrics }],
    // Not healthz: that says whether the node is fit for load balancers, and waits for the node to be there.
    isReady: () => answersOk(`http://${LOOPBACK}:${PORTS.proxyHealth}/livez`),
  };
}
