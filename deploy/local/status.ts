import { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_UI_URL } from './addresses.ts';
import { adminKubeconfig } from './cluster/credentials.ts';
import { paths } from './locations.ts';
import { livingRecord, type ProcessRecord, readRecord } from './processes/records.ts';
import { WORKER } from './worker.ts';

/** What other programs need to use the stack. */
export interface StackStatus {
  /** A kubeconfig of the administrator. */
  kubeconfig: string;
  temporalAddress: string;
  temporalNamespace: string;
  /** URL of Temporal's Web UI. */
  ui: string;
  containerdAddress: string;
  worker: { pid: number; running: boolean; log: string } | null;
}

/** In the order in which one depends on the other. */
export const DAEMON_NAMES = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'containerd',
  'kubelet',
  'kube-proxy',
  'coredns',
  'temporal',
  WORKER,
] as const;

export function stackStatus(): StackStatus {
  const worker = readRecord(WORKER);
  return {
    kubeconfig: adminKubeconfig(),
    temporalAddress: TEMPORAL_ADDRESS,
    temporalNamespace: TEMPORAL_NAMESPACE,
    ui: TEMPORAL_UI_URL,
    containerdAddress: paths.containerdSocket(),
    worker: worker ? { pid: worker.pid, running: livingRecord(WORKER) !== undefined, log: worker.log } : null,
  };
}

/** Whether all of Kubernetes and Temporal runs. */
export function isStackRunning(): boolean {
  return DAEMON_NAMES.every((name) => name === WORKER || livingRecord(name) !== undefined);
}

function row(name: string, record: ProcessRecord | undefined): string[] {
  if (!record) return [name, 'not running', '', '', ''];
  return [name, 'running', record.version, String(record.pid), record.log];
}

/** The state of every part, as a table for people. */
export function statusTable(): string {
  const rows = [
    ['PART', 'STATE', 'VERSION', 'PID', 'LOG'],
    ...DAEMON_NAMES.map((name) => row(name, livingRecord(name))),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const table = rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  if (!isStackRunning()) return [...table, '', 'Start it with: npm run up'].join('\n');
  return [
    ...table,
    '',
    `Kubernetes   ${adminKubeconfig()}`,
    `Temporal     ${TEMPORAL_ADDRESS}, namespace ${TEMPORAL_NAMESPACE}`,
    `Web UI       ${TEMPORAL_UI_URL}`,
    '',
    'In this shell: eval "$(npm run -s env)", then kubectl, temporal and btcnet use it.',
  ].join('\n');
}
