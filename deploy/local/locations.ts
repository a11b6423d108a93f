import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { StackError } from './stack-error.ts';

/** The checkout that this file belongs to. */
export const CHECKOUT = resolve(import.meta.dirname, '../..');

/** The kubelet's sockets lie up to this many characters below the state directory, and Linux allows 107 in all. */
const LONGEST_STATE_PATH = 60;

const DEFAULT_STATE = '/var/lib/btcnet';

/** Where the benchmarks' control plane keeps its data: on ports of its own and without a bridge, it is in no stack's way. */
export const BENCH_STATE = '/var/lib/btcnet-bench';

/** Where parts and images are kept, outside the repository: it outlives checkouts and `down -- --purge`. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment['BTCNET_CACHE']) return resolve(environment['BTCNET_CACHE']);
  if (environment['XDG_CACHE_HOME']) return join(resolve(environment['XDG_CACHE_HOME']), 'btcnet');
  return join(homedir(), '.cache', 'btcnet');
}

/** Where the stack keeps its data, certificates, logs and process records; `down -- --purge` removes it. */
export function stateDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const directory = resolve(environment['BTCNET_STATE'] ?? DEFAULT_STATE);
  if (directory === '/' || directory.length > LONGEST_STATE_PATH) {
    throw new StackError(
      `BTCNET_STATE must name a folder of its own, by at most ${LONGEST_STATE_PATH} characters (sockets lie in it): ${directory}`,
    );
  }
  return directory;
}

const state = (...parts: string[]): string => join(stateDirectory(), ...parts);

/** Everything below the state directory, by what it is for. */
export const paths = {
  logs: () => state('logs'),
  log: (daemon: string) => state('logs', `${daemon}.log`),
  auditLog: () => state('logs', 'audit.log'),
  records: () => state('processes'),
  config: (file: string) => state('config', file),
  pki: () => state('pki'),
  certificate: (file: string) => state('pki', file),
  kubeconfigs: () => state('kubeconfig'),
  kubeconfig: (user: string) => state('kubeconfig', `${user}.conf`),
  bin: () => state('bin'),
  etcd: () => state('etcd'),
  temporal: () => state('temporal'),
  temporalDatabase: () => state('temporal', 'temporal.db'),
  containerd: () => state('containerd'),
  kubelet: () => state('kubelet'),
  podLogs: () => state('pod-logs'),
  addresses: () => state('cni', 'addresses'),
  cniConfig: () => state('cni', 'conf'),
  kernelSettings: () => state('kernel-settings.json'),
  /** Gone after a reboot, or at least worthless then: sockets, mounts, network namespaces. */
  run: () => state('run'),
  containerdState: () => state('run', 'containerd'),
  containerdSocket: () => state('run', 'containerd.sock'),
  runc: () => state('run', 'runc'),
} as const;
