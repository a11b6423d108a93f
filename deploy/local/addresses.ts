/** The addresses, ports and names that the stack takes on this machine: declared here and nowhere else. */

/** The bridge that the pods hang on; kubelet, CoreDNS and the node itself are found at its address. */
export const BRIDGE_NAME = 'btcnet0';
export const BRIDGE_ADDRESS = '10.244.0.1';
export const POD_SUBNET = '10.244.0.0/16';
export const POD_SUBNET_BITS = 16;
export const SERVICE_SUBNET = '10.96.0.0/16';
/** The first address of the service subnet is the API server's, by Kubernetes' own rule. */
export const API_SERVICE_ADDRESS = '10.96.0.1';

export const LOOPBACK = '127.0.0.1';
export const NODE_NAME = 'btcnet';
export const CLUSTER_NAME = 'btcnet';
export const CLUSTER_DOMAIN = 'cluster.local';
/** The name of the CNI network: it marks the firewall rules that are ours. */
export const CNI_NETWORK_NAME = 'btcnet-pods';
/** The cgroup under which the kubelet puts all pods: what runs in it is ours. */
export const CGROUP_ROOT = 'btcnet';

/** Added to every port: a second control plane, of the benchmarks, runs beside the stack. */
const SHIFT = Number(process.env['BTCNET_PORT_SHIFT'] ?? 0);

export const PORTS = {
  etcdClients: SHIFT + 2379,
  etcdPeers: SHIFT + 2380,
  etcdMetrics: SHIFT + 2381,
  apiServer: SHIFT + 6443,
  controllerManager: SHIFT + 10257,
  scheduler: SHIFT + 10259,
  kubelet: SHIFT + 10250,
  kubeletHealth: SHIFT + 10248,
  proxyHealth: SHIFT + 10256,
  proxyMetrics: SHIFT + 10249,
  dns: SHIFT + 53,
  dnsReady: SHIFT + 8181,
  temporal: SHIFT + 7233,
  temporalUi: SHIFT + 8233,
} as const;

export const API_SERVER_URL = `https://${LOOPBACK}:${PORTS.apiServer}`;
export const TEMPORAL_ADDRESS = `${LOOPBACK}:${PORTS.temporal}`;
export const TEMPORAL_NAMESPACE = 'default';
export const TEMPORAL_UI_URL = `http://${LOOPBACK}:${PORTS.temporalUi}`;
