/** What is there, seen from outside: by kubectl, by the nodes' RPC and by Temporal's list, not by anything that btcnet says of itself. */
import { Client, Connection } from '@temporalio/client';
import { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE } from '../../deploy/local/addresses.ts';
import type { BitcoinNetwork } from '../../workflows/facts.ts';
import {
  dnsName,
  INSTANCE_LABEL,
  NETWORK_WORKFLOW,
  networkWorkflowId,
  podName,
  WATCH_WORKFLOW,
} from '../../workflows/names.ts';
import { dials } from '../../workflows/topology.ts';
import { CREDENTIALS } from '../bench/peering/networks.ts';
import { FARM_PORT, type Stage } from './stage.ts';

/** What one node says. */
interface NodeSays {
  address: string;
  tip: string;
  height: number;
  /** Addresses of those that dialled it, and names of those that it dialled by name. */
  peers: string[];
  added: string[];
}

interface KubernetesObject {
  kind: string;
  metadata: {
    name: string;
    uid: string;
    labels?: Record<string, string>;
    ownerReferences?: { uid: string }[];
    deletionTimestamp?: string;
  };
  status?: { podIP?: string; conditions?: { type: string; status: string }[] };
  spec?: { replicas?: number };
}

const CHILDREN = 'statefulsets,services,pods,secrets';

/** What is not as it should be of a network of so many nodes, one line each; empty: nothing. */
export async function flawsOf(stage: Stage, namespace: string, name: string, nodes: number): Promise<string[]> {
  const { kubectl } = stage.cluster;
  const get = async (...what: string[]): Promise<unknown> =>
    JSON.parse(await kubectl.run(['get', ...what, '-n', namespace, '-o', 'json']));
  const network = (await get(`bitcoinnetwork/${name}`)) as BitcoinNetwork;
  const { items } = (await get(CHILDREN, '-l', `${INSTANCE_LABEL}=${name}`)) as { items: KubernetesObject[] };
  const of = (kind: string): KubernetesObject[] => items.filter((item) => item.kind === kind);
  const [pods, sets, services] = [of('Pod'), of('StatefulSet'), of('Service')];
  const expected = Array.from({ length: nodes }, (_, ordinal) => podName(name, ordinal)).toSorted();
  const found = pods.map(({ metadata }) => metadata.name).toSorted();
  const flaws: string[] = [];
  const expect = (isSo: boolean, flaw: string): void => {
    if (!isSo) flaws.push(flaw);
  };
  const { status = {}, metadata, spec } = network;
  expect(spec.nodes === nodes, `${spec.nodes} nodes are declared instead of ${nodes}`);
  expect(status.observedGeneration === metadata.generation, 'the status is of an earlier spec');
  for (const { type, status: is, message } of status.conditions ?? []) {
    expect(is === 'True', `${type} is ${is}: ${message}`);
  }
  expect(status.conditions?.length === 3, 'there are no three conditions');
  expect(found.join() === expected.join(), `pods ${found.join()} instead of ${expected.join()}`);
  expect(sets.length === 1 && sets[0]?.spec?.replicas === nodes, 'the StatefulSet is not as declared');
  expect(services.length === 1, `${services.length} Services`);
  for (const { kind, metadata: child } of [...sets, ...services, ...of('Secret')]) {
    expect(child.ownerReferences?.[0]?.uid === metadata.uid, `${kind} ${child.name} is of another network`);
  }
  for (const { metadata: pod } of pods) {
    expect(pod.ownerReferences?.[0]?.uid === sets[0]?.metadata.uid, `pod ${pod.name} is of another StatefulSet`);
  }
  if (flaws.length > 0) return flaws;
  const says = await Promise.all(pods.map(({ status: pod }) => ask(pod?.podIP ?? '')));
  flaws.push(
    ...flawsOfNodes(
      name,
      pods.map(({ metadata: pod }) => pod.name),
      says,
    ),
  );
  const heights = new Set(says.map(({ height }) => height));
  const [height = 0] = heights;
  // What is never mined has no height worth telling.
  if (nodes > 0)
    expect(
      status.chain?.height === height,
      `the status says height ${status.chain?.height ?? 'none'} instead of ${height}`,
    );
  return flaws;
}

function flawsOfNodes(name: string, pods: readonly string[], says: readonly NodeSays[]): string[] {
  const flaws: string[] = [];
  const ordinals = pods.map((pod) => Number(pod.split('-').at(-1)));
  const ordinalOf = new Map(
    says.flatMap(({ address }, at) => {
      const ordinal = ordinals[at] ?? -1;
      return [
        [address, ordinal],
        [dnsName(name, ordinal), ordinal],
      ] as const;
    }),
  );
  const edges = new Set<string>();
  for (const { address, peers } of says) {
    for (const peer of peers) {
      const [one, other] = [ordinalOf.get(address), ordinalOf.get(peer)];
      if (one === undefined || other === undefined) flaws.push(`${address} is connected to the stranger ${peer}`);
      else edges.add(`${Math.min(one, other)}-${Math.max(one, other)}`);
    }
  }
  const wanted = new Set<string>();
  for (const [from, targets] of dials(ordinals)) for (const to of targets) wanted.add(`${to}-${from}`);
  for (const edge of wanted) if (!edges.has(edge)) flaws.push(`the connection ${edge} is missing`);
  for (const edge of edges) if (!wanted.has(edge)) flaws.push(`the connection ${edge} is one too many`);
  const names = new Set(ordinals.map((ordinal) => dnsName(name, ordinal)));
  for (const { address, added } of says) {
    for (const entry of added) if (!names.has(entry)) flaws.push(`${address} lists ${entry}`);
    if (added.length > 8) flaws.push(`${address} lists ${added.length} nodes`);
  }
  if (new Set(says.map(({ tip }) => tip)).size > 1) flaws.push('the nodes are on several tips');
  return flaws;
}

async function ask(address: string): Promise<NodeSays> {
  const methods = ['getblockchaininfo', 'getpeerinfo', 'getaddednodeinfo'];
  const response = await fetch(`http://${address}:${FARM_PORT}/`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${CREDENTIALS.user}:${CREDENTIALS.password}`).toString('base64')}`,
      'content-type': 'application/json',
      connection: 'close',
    },
    body: JSON.stringify(methods.map((method, id) => ({ jsonrpc: '1.0', id, method, params: [] }))),
  });
  const [chain, peers, added] = ((await response.json()) as { result: unknown }[]).map(({ result }) => result) as [
    { blocks: number; bestblockhash: string },
    { addr: string }[],
    { addednode: string }[],
  ];
  return {
    address,
    tip: chain.bestblockhash,
    height: chain.blocks,
    peers: peers.map(({ addr }) => addr.replace(/:\d+$/, '')),
    added: added.map(({ addednode }) => addednode),
  };
}

/**
 * Workflows that run and should not, or should and do not: exactly one of each network, and one that watches.
 *
 * @param networks namespaces and names of those that there are
 */
export async function flawsOfWorkflows(networks: readonly (readonly [string, string])[]): Promise<string[]> {
  const connection = await Connection.connect({ address: TEMPORAL_ADDRESS });
  try {
    const { workflow } = new Client({ connection, namespace: TEMPORAL_NAMESPACE });
    const running: string[] = [];
    let watches = 0;
    for await (const { type, workflowId } of workflow.list({ query: 'ExecutionStatus = "Running"' })) {
      if (type === NETWORK_WORKFLOW) running.push(workflowId);
      if (type === WATCH_WORKFLOW) watches += 1;
    }
    const wanted = networks.map(([namespace, name]) => networkWorkflowId(namespace, name));
    return [
      ...wanted.filter((id) => !running.includes(id)).map((id) => `${id} does not run`),
      ...running.filter((id) => !wanted.includes(id)).map((id) => `${id} runs though its network is gone`),
      ...(watches === 1 ? [] : [`${watches} workflows watch`]),
    ];
  } finally {
    await connection.close();
  }
}
