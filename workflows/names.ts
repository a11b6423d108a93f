/**
 * Every name, label, port and limit that more than one part of btcnet has to agree on, declared once.
 * Pure: no imports, so that workflows, activities, client and tests can all use it.
 */

/** API group of the original bitcoin controller; its manifests and clients work unchanged. */
export const GROUP = 'bitcoincontroller.christianb93.github.com';
export const VERSION = 'v1';
export const API_VERSION = `${GROUP}/${VERSION}`;
export const KIND = 'BitcoinNetwork';
export const PLURAL = 'bitcoinnetworks';

/** Who writes: field manager, reporting controller of events, and the value of the managed-by label. */
export const MANAGER = 'btcnet';

/** Temporal task queue of the workers, unless `BTCNET_TASK_QUEUE` says otherwise. */
export const DEFAULT_TASK_QUEUE = 'bitcoin-networks';

/** Workflow types as they stand in the Web UI and in `temporal workflow start --type`. */
export const NETWORK_WORKFLOW = 'bitcoinNetwork';
export const WATCH_WORKFLOW = 'watchCluster';
export const NODE_WATCH_WORKFLOW = 'watchNodes';

/** The one workflow that holds the watches of a cluster. */
export const WATCH_WORKFLOW_ID = 'watch-cluster';

/** The workflows that keep asking the nodes: one, unless `BTCNET_NODE_WATCHES` divides the networks among more. */
export const nodeWatchWorkflowId = (shard: number): string => `watch-nodes/${String(shard)}`;

/** Longest name of a network: a StatefulSet puts its name and a hash of 10 into a label of 63 characters. */
export const NAME_MAX_LENGTH = 48;

/** Most nodes that one network may declare. */
export const MAX_NODES = 5000;

/** TCP ports of a node's container: JSON-RPC and the peer-to-peer protocol of regtest. */
export const RPC_PORT = 18332;
export const P2P_PORT = 18444;

/** Keys of the Secret that `spec.secret` names, and the environment variables that the node's container gets. */
export const USER_KEY = 'BC_RPC_USER';
export const PASSWORD_KEY = 'BC_RPC_PASSWORD';

/** Label that the original put on a network's pods. */
export const APP_LABEL = 'app';
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
export const INSTANCE_LABEL = 'app.kubernetes.io/instance';
const NAME_LABEL = 'app.kubernetes.io/name';
const COMPONENT_LABEL = 'app.kubernetes.io/component';
const PART_OF_LABEL = 'app.kubernetes.io/part-of';

/** Selects what btcnet made, whatever network it belongs to. */
export const MANAGED_SELECTOR = `${MANAGED_BY_LABEL}=${MANAGER}`;

export const serviceName = (network: string): string => `${network}-svc`;
export const statefulSetName = (network: string): string => `${network}-sts`;
export const containerName = (network: string): string => `${network}-sts-ctr`;
export const podName = (network: string, ordinal: number): string => `${network}-sts-${String(ordinal)}`;

/** Name of a node as `status.nodes[].dnsName` shows it: found through the search domains of any pod in the namespace. */
export const dnsName = (network: string, ordinal: number): string =>
  `${podName(network, ordinal)}.${serviceName(network)}`;

/** Secret that the operator renders: the node's configuration file and its TLS certificate. Owned by the network. */
export const nodeSecretName = (network: string): string => `${network}-node`;

/** Secret of random credentials that the operator makes when the network names none. Owned by the network. */
export const credentialsSecretName = (network: string): string => `${network}-rpc`;

/** Workflow id of a network: can be guessed from its namespace and name. */
export const networkWorkflowId = (namespace: string, name: string): string => `bitcoin-network/${namespace}/${name}`;

/** The namespace and name that a workflow id stands for; null for an id of another shape. */
export function networkOfWorkflowId(workflowId: string): { namespace: string; name: string } | null {
  const [prefix, namespace, name, ...rest] = workflowId.split('/');
  if (prefix !== 'bitcoin-network' || !namespace || !name || rest.length > 0) return null;
  return { namespace, name };
}

/** The ordinal at the end of a pod's name; null when the pod is none of the network's stateful set. */
export function ordinalOf(network: string, pod: string): number | null {
  const prefix = `${statefulSetName(network)}-`;
  const digits = pod.startsWith(prefix) ? pod.slice(prefix.length) : '';
  return /^(0|[1-9][0-9]*)$/.test(digits) ? Number(digits) : null;
}

/** The network whose stateful set gives such a name to a pod; null: none does. */
export function networkOfPod(pod: string): string | null {
  const [, network = null] = /^(.+)-sts-(?:0|[1-9][0-9]*)$/.exec(pod) ?? [];
  return network;
}

/** Labels that select the pods of a network; the stateful set's selector is immutable, so these never change. */
export const selectorLabels = (network: string): Record<string, string> => ({
  [APP_LABEL]: network,
  [MANAGED_BY_LABEL]: MANAGER,
});

/** Labels of everything that belongs to a network. */
export const networkLabels = (network: string): Record<string, string> => ({
  ...selectorLabels(network),
  [NAME_LABEL]: 'bitcoin-node',
  [INSTANCE_LABEL]: network,
  [COMPONENT_LABEL]: 'node',
  [PART_OF_LABEL]: MANAGER,
});

/** The same selector as `kubectl -l` and `status.selector` take it. */
export const selectorText = (network: string): string =>
  Object.entries(selectorLabels(network))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
