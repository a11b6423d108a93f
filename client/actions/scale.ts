/** Setting a network's number of nodes: asked of its workflow, or declared in the resource when no workflow answers. */
import type { BitcoinNetwork } from '../../workflows/facts.ts';
import type { Accepted, Convergence, NetworkDescription } from '../../workflows/messages.ts';
import { parseNodes } from '../../workflows/spec.ts';
import type { Connections } from '../connection.ts';
import { BtcnetError, hasCode } from '../errors.ts';
import { printed, type NetworkId } from '../network-id.ts';
import { follow } from './follow.ts';
import { isConverged, progressLine, type OnProgress } from './progress.ts';

export interface ScaleOptions {
  /** How long to wait for convergence, in milliseconds. */
  timeoutMs: number;
  onProgress?: OnProgress | undefined;
  /** Told once when the number was declared in the resource because no workflow answered, and why. */
  onNote?: ((note: string) => void) | undefined;
}

/**
 * Asks for a number of nodes and waits until the network has converged on it, or until it is clear that it will not: see
 * `Convergence.result`. Throws `NOT_FOUND`, `REFUSED`, and `TIMED_OUT` when the time is over first.
 */
export async function scaleAndWait(
  connections: Connections,
  network: NetworkId,
  input: unknown,
  options: ScaleOptions,
): Promise<Convergence> {
  const nodes = nodesIn(input);
  const signal = AbortSignal.timeout(options.timeoutMs);
  const watching = new AbortController();
  const { onProgress } = options;
  if (onProgress) void report(connections, network, onProgress, AbortSignal.any([signal, watching.signal]));
  try {
    const answering = await findWorkflow(connections, network, options);
    if (answering) return await throughWorkflow(connections, network, nodes, options.timeoutMs);
    return await throughResource(connections, network, nodes, signal);
  } finally {
    watching.abort();
  }
}

/** Asks for a number of nodes and returns as soon as that is on record. */
export async function scale(
  connections: Connections,
  network: NetworkId,
  input: unknown,
  options: Pick<ScaleOptions, 'onNote'> = {},
): Promise<Accepted> {
  const nodes = nodesIn(input);
  if (await findWorkflow(connections, network, options)) {
    return (await connections.workflows()).setNodes(network, nodes);
  }
  await (await connections.store()).scale(network, nodes);
  return { nodes, message: `${nodes} nodes are declared for ${printed(network)}.` };
}

function nodesIn(input: unknown): number {
  const parsed = parseNodes(input);
  if ('nodes' in parsed) return parsed.nodes;
  throw new BtcnetError('REFUSED', parsed.problem);
}

/**
 * The network's workflow, if it answers. It is asked something first, because an Update that nobody takes may be taken much
 * later, when another number has been declared in the meantime.
 */
async function findWorkflow(
  connections: Connections,
  network: NetworkId,
  { onNote }: Pick<ScaleOptions, 'onNote'>,
): Promise<NetworkDescription | null> {
  let found: NetworkDescription | null;
  try {
    found = await (await connections.workflows()).describe(network);
  } catch (error) {
    if (!hasCode(error, 'UNREACHABLE', 'FAILED')) throw error;
    onNote?.(`the number is declared in the resource, because ${error.message}`);
    return null;
  }
  if (found?.phase === 'Deleting') {
    throw new BtcnetError('REFUSED', `network ${printed(network)} is being deleted`);
  }
  // A workflow that knows of no resource, or does not know yet: the resource decides.
  return found?.phase === 'Absent' ? null : found;
}

async function throughWorkflow(
  connections: Connections,
  network: NetworkId,
  nodes: number,
  timeoutMs: number,
): Promise<Convergence> {
  const workflows = await connections.workflows();
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const convergence = await workflows.setNodesAndWait(network, nodes, Math.max(1, deadline - Date.now()));
    if (convergence.result !== 'continued-as-new') return convergence;
  }
}

async function throughResource(
  connections: Connections,
  network: NetworkId,
  nodes: number,
  signal: AbortSignal,
): Promise<Convergence> {
  const store = await connections.store();
  await store.scale(network, nodes);
  let last: BitcoinNetwork | null = null;
  const end = await follow(
    store,
    network,
    (seen) => {
      last = seen ?? last;
      return seen?.spec.nodes !== nodes || isConverged(seen);
    },
    signal,
  );
  return convergence(nodes, last, end === null ? 'deleted' : resultOf(end, nodes));
}

function resultOf(end: BitcoinNetwork | 'timed-out', nodes: number): Convergence['result'] {
  if (end === 'timed-out') return 'timed-out';
  return end.spec.nodes === nodes ? 'converged' : 'superseded';
}

function convergence(nodes: number, last: BitcoinNetwork | null, result: Convergence['result']): Convergence {
  const { readyNodes, chain } = last?.status ?? {};
  return { result, nodes, ready: readyNodes ?? 0, height: chain?.height ?? null, message: progressLine(last) };
}

/** Progress is a courtesy: that it cannot be shown stops nothing. */
async function report(
  connections: Connections,
  network: NetworkId,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<void> {
  try {
    const store = await connections.store();
    await follow(
      store,
      network,
      (seen) => {
        if (seen && !signal.aborted) onProgress(progressLine(seen));
        return false;
      },
      signal,
    );
  } catch {
    // The action itself says what is wrong.
  }
}
