/** kwok: pods and a node without containers. Every pod is Ready as soon as kwok has seen it, at a loopback address of its own. */
import { LOOPBACK } from '../../../deploy/local/addresses.ts';
import { adminKubeconfig } from '../../../deploy/local/cluster/credentials.ts';
import type { Daemon } from '../../../deploy/local/daemons/daemon.ts';
import { answersOk } from '../../../deploy/local/health.ts';
import { paths } from '../../../deploy/local/locations.ts';
import { type Programs, programPath } from '../../../deploy/local/parts/install.ts';
import { KWOK_VERSION } from '../../../deploy/local/versions.ts';

/** Where kwok serves its health. */
const HEALTH_PORT = 10_247;

/** Addresses of the pods: a million of them, on this machine only. */
const POD_SUBNET = '127.16.0.0/12';

export const FAKE_NODE = 'fake-node';

/** The one node: it is Ready and takes any number of pods. */
export const FAKE_NODE_MANIFEST = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: FAKE_NODE, annotations: { 'kwok.x-k8s.io/node': 'fake' }, labels: { type: 'kwok' } },
  status: {
    allocatable: { cpu: '100k', memory: '1000Ti', pods: '1M' },
    capacity: { cpu: '100k', memory: '1000Ti', pods: '1M' },
  },
};

const stage = (name: string, kind: 'Pod' | 'Node', selector: object[], next: object): object => ({
  apiVersion: 'kwok.x-k8s.io/v1alpha1',
  kind: 'Stage',
  metadata: { name },
  spec: { resourceRef: { apiGroup: 'v1', kind }, selector: { matchExpressions: selector }, next },
});

const LEAVING = '.metadata.deletionTimestamp';
const READY = '.status.conditions.[] | select( .type == "Ready" ) | .status';
const isTrue = (type: string): string => `- {type: ${type}, status: "True", lastTransitionTime: {{ $now | Quote }}}`;

const POD_READY = `
{{ $now := Now }}
phase: Running
startTime: {{ $now | Quote }}
conditions:
${['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(isTrue).join('\n')}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: true
  started: true
  restartCount: 0
  state:
    running:
      startedAt: {{ $now | Quote }}
{{ end }}
{{ $ips := PodIPsWith .spec.nodeName false .metadata.uid .metadata.name .metadata.namespace }}
{{ with $ips }}
podIP: {{ index . 0 | Quote }}
podIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
hostIP: ${LOOPBACK}
`;

const NODE_READY = `
{{ $now := Now }}
phase: Running
addresses:
- {type: InternalIP, address: ${LOOPBACK}}
conditions:
{{ range NodeConditions }}
- type: {{ .type | Quote }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
  lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
`;

const STAGES = [
  stage(
    'pod-ready',
    'Pod',
    [
      { key: LEAVING, operator: 'DoesNotExist' },
      { key: '.status.phase', operator: 'In', values: ['Pending'] },
    ],
    { statusTemplate: POD_READY },
  ),
  stage('pod-gone', 'Pod', [{ key: LEAVING, operator: 'Exists' }], { delete: true }),
  stage('node-ready', 'Node', [{ key: READY, operator: 'NotIn', values: ['True'] }], { statusTemplate: NODE_READY }),
];

export function kwok(programs: Programs): Daemon {
  const stages = paths.config('kwok-stages.yaml');
  return {
    name: 'kwok',
    version: KWOK_VERSION,
    program: programPath(programs, 'kwok'),
    args: [
      `--kubeconfig=${adminKubeconfig()}`,
      `--config=${stages}`,
      '--manage-all-nodes=false',
      `--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake`,
      `--cidr=${POD_SUBNET}`,
      `--node-ip=${LOOPBACK}`,
      // Without leases the node counts as lost after a minute.
      '--node-lease-duration-seconds=40',
      `--server-address=${LOOPBACK}:${HEALTH_PORT}`,
    ],
    files: { [stages]: STAGES.map((one) => JSON.stringify(one)).join('\n---\n') },
    endpoints: [{ port: HEALTH_PORT }],
    isReady: () => answersOk(`http://${LOOPBACK}:${HEALTH_PORT}/healthz`),
  };
}
