import { readFileSync } from 'node:fs';
import { BRIDGE_ADDRESS, CLUSTER_DOMAIN, LOOPBACK, PORTS } from '../addresses.ts';
import { answersOk } from '../health.ts';
import { paths } from '../locations.ts';
import { type Programs, programPath } from '../parts/install.ts';
import { COREDNS_VERSION } from '../versions.ts';
import type { Daemon } from './daemon.ts';

/** How long the answers on pods and services may be kept, in seconds: a replaced pod is found at once. */
const TTL = 1;
const RESOLVER = '/etc/resolv.conf';

function hasNameserver(): boolean {
  try {
    return /^\s*nameserver\s/m.test(readFileSync(RESOLVER, 'utf8'));
  } catch {
    return false;
  }
}

function corefile(): string {
  const cluster = `${CLUSTER_DOMAIN}:${PORTS.dns} in-addr.arpa:${PORTS.dns} ip6.arpa:${PORTS.dns} {
    bind ${BRIDGE_ADDRESS}
    errors
    ready ${LOOPBACK}:${PORTS.dnsReady}
    kubernetes {
        kubeconfig ${paths.kubeconfig('coredns')}
        pods insecure
        ttl ${TTL}
    }
}
`;
  if (!hasNameserver()) return cluster;
  return `${cluster}
.:${PORTS.dns} {
    bind ${BRIDGE_ADDRESS}
    errors
    forward . ${RESOLVER}
    cache 30
}
`;
}

export function coredns(programs: Programs): Daemon {
  const config = paths.config('Corefile');
  return {
    name: 'coredns',
    version: COREDNS_VERSION,
    program: programPath(programs, 'coredns'),
    args: ['-conf', config],
    files: { [config]: corefile() },
    // The machine's own resolver may hold port 53 at another address.
    endpoints: [{ port: PORTS.dns, address: BRIDGE_ADDRESS }, { port: PORTS.dnsReady }],
    isReady: () => answersOk(`http://${LOOPBACK}:${PORTS.dnsReady}/ready`),
  };
}
