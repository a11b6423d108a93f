import { LOOPBACK, NODE_NAME, PORTS } from '../addresses.ts';
import { answersOk } from '../health.ts';
import { paths } from '../locations.ts';
import { type Programs, programPath } from '../parts/install.ts';
import { ETCD_VERSION } from '../versions.ts';
import type { Daemon } from './daemon.ts';

export function etcd(programs: Programs): Daemon {
  const clients = `https://${LOOPBACK}:${PORTS.etcdClients}`;
  const peers = `https://${LOOPBACK}:${PORTS.etcdPeers}`;
  const metrics = `http://${LOOPBACK}:${PORTS.etcdMetrics}`;
  return {
    name: 'etcd',
    version: ETCD_VERSION,
    program: programPath(programs, 'etcd'),
    args: [
      `--name=${NODE_NAME}`,
      `--data-dir=${paths.etcd()}`,
      `--listen-client-urls=${clients}`,
      `--advertise-client-urls=${clients}`,
      `--listen-peer-urls=${peers}`,
      `--initial-advertise-peer-urls=${peers}`,
      `--initial-cluster=${NODE_NAME}=${peers}`,
      `--listen-metrics-urls=${metrics}`,
      '--client-cert-auth',
      `--trusted-ca-file=${paths.certificate('etcd/ca.crt')}`,
      `--cert-file=${paths.certificate('etcd/server.crt')}`,
      `--key-file=${paths.certificate('etcd/server.key')}`,
      '--peer-client-cert-auth',
      `--peer-trusted-ca-file=${paths.certificate('etcd/ca.crt')}`,
      `--peer-cert-file=${paths.certificate('etcd/peer.crt')}`,
      `--peer-key-file=${paths.certificate('etcd/peer.key')}`,
      // Nobody's only copy lies here, and what the kernel has taken survives the death of every process: only a crash
      // of the whole machine can lose the last writes. Waiting for the disk would make every write several ms slower.
      '--unsafe-no-fsync',
    ],
    endpoints: [{ port: PORTS.etcdClients }, { port: PORTS.etcdPeers }, { port: PORTS.etcdMetrics }],
    isReady: () => answersOk(`${metrics}/readyz`),
  };
}
