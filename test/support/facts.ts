/** Builders of facts: a network that is as it should be, with what a test wants to be different. */
import type { BitcoinNetwork, NetworkFacts, PodFacts } from '../../workflows/facts.ts';
import type { PeersReport } from '../../workflows/observation.ts';
import { API_VERSION, KIND, podName } from '../../workflows/names.ts';
import { dials, edgeCount } from '../../workflows/topology.ts';

export const NOW = '2026-01-01T00:00:00.000Z';
export const LATER = '2026-01-01T01:00:00.000Z';
export const TIP = 'ab'.repeat(32);

export function aNetwork(overrides: Partial<BitcoinNetwork> & { nodes?: number } = {}): BitcoinNetwork {
  const { nodes = 3, ...rest } = overrides;
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name: 'my-network', namespace: 'default', uid: 'uid-1', resourceVersion: '1', generation: 1 },
    spec: { nodes, secret: 'bitcoin-default-secret' },
    ...rest,
  };
}

export function aPod(ordinal: number, overrides: Partial<PodFacts> = {}): PodFacts {
  return {
    name: podName('my-network', ordinal),
    ordinal,
    uid: `pod-${ordinal}`,
    ip: `10.0.0.${ordinal + 1}`,
    ready: true,
    terminating: false,
    containerStart: NOW,
    problem: null,
    outdated: false,
    ...overrides,
  };
}

export const pods = (count: number, overrides: Partial<PodFacts> = {}): PodFacts[] =>
  Array.from({ length: count }, (_, ordinal) => aPod(ordinal, overrides));

export function aReport(nodes: number, overrides: Partial<PeersReport> = {}): PeersReport {
  const edges = edgeCount(dials(Array.from({ length: nodes }, (_, ordinal) => ordinal)));
  const { expectedEdges = edges, actualEdges = edges } = overrides;
  return {
    members: `members-${nodes}`,
    wanted: nodes,
    answered: nodes,
    expectedEdges: edges,
    actualEdges: edges,
    strayEdges: 0,
    openEdges: Math.max(0, expectedEdges - actualEdges),
    height: 101,
    tip: TIP,
    atTip: nodes,
    forked: false,
    seenAt: NOW,
    faults: [],
    ...overrides,
  };
}

/** Three declared nodes that are ready, connected and on one tip. */
export function theFacts(overrides: Partial<NetworkFacts> = {}): NetworkFacts {
  const nodes = overrides.network?.spec.nodes ?? 3;
  return {
    network: aNetwork(),
    implementation: 'btcd',
    credentials: 'ours',
    credentialsProblem: null,
    service: 'ours',
    statefulSet: 'ours',
    replicas: nodes,
    pods: pods(nodes),
    podsRefused: null,
    peers: nodes > 0 ? aReport(nodes) : null,
    tipMinedAt: NOW,
    failures: {},
    ...overrides,
  };
}
