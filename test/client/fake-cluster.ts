/** A cluster and a Temporal server in memory, as far as the client sees them, and the command line run against them. */
import { isDeepStrictEqual } from 'node:util';
import type { RpcCall } from '../../activities/bitcoin/rpc.ts';
import type { BitcoinNetwork, NetworkStatus } from '../../workflows/facts.ts';
import type { Convergence, Mined, MineRequest, NetworkDescription } from '../../workflows/messages.ts';
import { API_VERSION, KIND } from '../../workflows/names.ts';
import type { NetworkSpec } from '../../workflows/spec.ts';
import { BtcnetClient } from '../../client/btcnet-client.ts';
import { run } from '../../client/cli.ts';
import type { Connections } from '../../client/connection.ts';
import { BtcnetError } from '../../client/errors.ts';
import { ApiError } from '../../client/kubernetes/api-error.ts';
import type { Child } from '../../client/kubernetes/children.ts';
import type { NetworkEvent } from '../../client/kubernetes/events.ts';
import type { NetworkNodes } from '../../client/kubernetes/nodes.ts';
import {
  FIELD_MANAGER,
  type AppliedNetwork,
  type NetworkStore,
  type StoredNetwork,
} from '../../client/kubernetes/network-store.ts';
import { printed, type NetworkId } from '../../client/network-id.ts';
import type { NetworkWorkflows } from '../../client/temporal/network-workflows.ts';

/** The time at which the fake world stands still. */
export const NOW = Date.parse('2030-01-01T00:10:00Z');
const CREATED = '2030-01-01T00:00:00Z';

export const notFound = (id: NetworkId): BtcnetError =>
  new BtcnetError('NOT_FOUND', `network ${printed(id)} does not exist`);

export const apiError = (status: number, body: object): ApiError => new ApiError(status, JSON.stringify(body));

/** A status in which everything is as declared. */
export function settledStatus(nodes: number, generation: number, height = 0): NetworkStatus {
  return {
    observedGeneration: generation,
    replicas: nodes,
    readyNodes: nodes,
    conditions: (['Ready', 'Peered', 'Synced'] as const).map((type) => ({
      type,
      status: 'True' as const,
      reason: 'Fine',
      message: 'All is well.',
      observedGeneration: generation,
      lastTransitionTime: '2030-01-01T00:05:00Z',
    })),
    chain: { height, tip: 'ab'.repeat(32), seenAt: '2030-01-01T00:08:00Z' },
    peers: { expected: (nodes * (nodes - 1)) / 2, actual: (nodes * (nodes - 1)) / 2 },
  };
}

export class FakeStore implements NetworkStore {
  readonly networks = new Map<string, StoredNetwork>();
  /** What was written, in order. */
  readonly writes: string[] = [];
  readonly applied: AppliedNetwork[] = [];
  /** Values of Secrets by `namespace/name`. */
  readonly secrets = new Map<string, Record<string, string>>();
  childrenLeft: Child[][] = [];
  eventsSeen: NetworkEvent[] = [];
  /** Thrown by the next calls, one each. */
  faults: Error[] = [];
  #version = 1;
  #watchers = new Set<{ id: NetworkId; onChange: (seen: BitcoinNetwork | null) => void; end: () => void }>();

  /** Puts a network there, as somebody else might have. */
  put(name: string, spec: NetworkSpec, status?: NetworkStatus, namespace = 'default'): StoredNetwork {
    const metadata = {
      name,
      namespace,
      uid: `uid-${name}-${this.#version}`,
      generation: 1,
      creationTimestamp: CREATED,
    };
    const network = { apiVersion: API_VERSION, kind: KIND, metadata: { ...metadata, resourceVersion: '' }, spec };
    return this.store(status ? { ...network, status } : network);
  }

  /** Stores a state and tells the watches. */
  store(network: StoredNetwork): StoredNetwork {
    this.#version += 1;
    const { metadata } = network;
    const stored = { ...network, metadata: { ...metadata, resourceVersion: String(this.#version) } };
    this.networks.set(printed(metadata), stored);
    this.#tell(metadata, stored);
    return stored;
  }

  drop(id: NetworkId): void {
    this.networks.delete(printed(id));
    this.#tell(id, null);
  }

  /** Ends every open watch, as a restarted API server does. */
  cutWatches(): void {
    for (const { end } of this.#watchers) end();
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  async read(id: NetworkId): Promise<StoredNetwork> {
    await this.#fault();
    const found = this.networks.get(printed(id));
    if (!found) throw notFound(id);
    return found;
  }

  async list(namespace: string | null): Promise<BitcoinNetwork[]> {
    await this.#fault();
    return [...this.networks.values()].filter(({ metadata }) => namespace === null || metadata.namespace === namespace);
  }

  async apply(applied: AppliedNetwork, force: boolean): Promise<StoredNetwork> {
    await this.#fault();
    this.applied.push(applied);
    this.writes.push(`apply ${printed(applied.metadata)}${force ? ' force' : ''}`);
    const present = this.networks.get(printed(applied.metadata));
    const ownedBefore = Object.keys(present?.metadata.managedFields?.[0]?.fieldsV1?.['f:spec'] ?? {});
    const left = Object.entries(present?.spec ?? {}).filter(([key]) => !ownedBefore.includes(`f:${key}`));
    const spec = { ...Object.fromEntries(left), ...applied.spec } as NetworkSpec;
    const owned = Object.fromEntries(Object.keys(applied.spec).map((key) => [`f:${key}`, {}]));
    const managedFields = [{ manager: FIELD_MANAGER, operation: 'Apply', fieldsV1: { 'f:spec': owned } }];
    const before = present ?? this.put(applied.metadata.name, spec, undefined, applied.metadata.namespace);
    const changed = present !== undefined && !isDeepStrictEqual(spec, present.spec);
    return this.store({ ...before, spec, metadata: { ...(changed ? next(before) : before.metadata), managedFields } });
  }

  async scale(id: NetworkId, nodes: number): Promise<void> {
    const present = await this.read(id);
    this.writes.push(`scale ${printed(id)} ${nodes}`);
    this.store({ ...present, spec: { ...present.spec, nodes }, metadata: { ...next(present), managedFields: [] } });
  }

  async remove(id: NetworkId, uid: string): Promise<void> {
    const present = await this.read(id);
    if (present.metadata.uid !== uid) throw apiError(409, { reason: 'Conflict', message: 'the UID does not match' });
    this.writes.push(`remove ${printed(id)} ${uid}`);
    this.drop(id);
  }

  async look(id: NetworkId): Promise<{ network: BitcoinNetwork | null; resourceVersion: string }> {
    await this.#fault();
    return { network: this.networks.get(printed(id)) ?? null, resourceVersion: String(this.#version) };
  }

  async watch(
    id: NetworkId,
    _resourceVersion: string,
    onChange: (seen: BitcoinNetwork | null) => void,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#fault();
    if (signal.aborted) return;
    await new Promise<void>((end) => {
      const watcher = { id, onChange, end };
      this.#watchers.add(watcher);
      signal.addEventListener('abort', () => {
        end();
      });
    });
    for (const watcher of this.#watchers) if (watcher.onChange === onChange) this.#watchers.delete(watcher);
  }

  async events(): Promise<NetworkEvent[]> {
    await this.#fault();
    return this.eventsSeen;
  }

  async secret(namespace: string, name: string): Promise<Record<string, string> | null> {
    await this.#fault();
    return this.secrets.get(`${namespace}/${name}`) ?? null;
  }

  async children(): Promise<Child[]> {
    await this.#fault();
    return this.childrenLeft.shift() ?? [];
  }

  #tell(id: NetworkId, seen: BitcoinNetwork | null): void {
    for (const watcher of this.#watchers) if (printed(watcher.id) === printed(id)) watcher.onChange(seen);
  }

  #fault(): Promise<void> {
    const fault = this.faults.shift();
    return fault ? Promise.reject(fault) : Promise.resolve();
  }
}

const next = ({ metadata }: StoredNetwork): StoredNetwork['metadata'] => ({
  ...metadata,
  generation: metadata.generation + 1,
});

export class FakeWorkflows implements NetworkWorkflows {
  /** What the query answers: null when no workflow runs, an error when nobody answers. */
  description: NetworkDescription | null | Error = null;
  convergences: (Convergence | Error)[] = [];
  readonly asked: string[] = [];

  describe(): Promise<NetworkDescription | null> {
    return settle(this.description);
  }

  setNodes(id: NetworkId, nodes: number): Promise<{ nodes: number; message: string }> {
    this.asked.push(`setNodes ${printed(id)} ${nodes}`);
    return Promise.resolve({ nodes, message: `${nodes} nodes will be declared.` });
  }

  setNodesAndWait(id: NetworkId, nodes: number): Promise<Convergence> {
    this.asked.push(`setNodesAndWait ${printed(id)} ${nodes}`);
    return settle(this.convergences.shift() ?? converged(nodes));
  }

  mine(id: NetworkId, request: MineRequest): Promise<Mined> {
    this.asked.push(`mine ${printed(id)} ${JSON.stringify(request)}`);
    return Promise.resolve({ blocks: request.blocks, node: request.node ?? 0, height: 101, tip: 'cd'.repeat(32) });
  }
}

const settle = <T>(answer: T | Error): Promise<T> =>
  answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);

export const converged = (nodes: number, result: Convergence['result'] = 'converged'): Convergence => ({
  result,
  nodes,
  ready: nodes,
  height: 101,
  message: `${nodes} of ${nodes} nodes are ready.`,
});

export const description = (phase: NetworkDescription['phase'], nodes = 3): NetworkDescription => ({
  namespace: 'default',
  name: 'one',
  uid: phase === 'Absent' ? null : 'uid-one',
  phase,
  nodes,
  ready: nodes,
  peers: null,
  failures: {},
  requestedNodes: null,
  passes: 7,
  summary: 'Everything is as declared.',
});

/** Answers one call after the other as it was told to. */
export class FakeNodes implements NetworkNodes {
  readonly calls: { network: string; ordinal: number; call: RpcCall }[] = [];
  answer: () => unknown = () => null;

  call(network: BitcoinNetwork, ordinal: number, call: RpcCall): Promise<unknown> {
    this.calls.push({ network: network.metadata.name, ordinal, call });
    return Promise.try(this.answer);
  }
}

export class FakeConnections implements Connections {
  readonly fakeStore = new FakeStore();
  readonly fakeWorkflows = new FakeWorkflows();
  readonly fakeNodes = new FakeNodes();
  /** What was connected to. */
  readonly opened = new Set<string>();
  closed = false;

  defaultNamespace = (): Promise<string> => Promise.resolve('default');

  store(): Promise<NetworkStore> {
    this.opened.add('kubernetes');
    return Promise.resolve(this.fakeStore);
  }

  nodes(): Promise<NetworkNodes> {
    this.opened.add('nodes');
    return Promise.resolve(this.fakeNodes);
  }

  workflows(): Promise<NetworkWorkflows> {
    this.opened.add('temporal');
    return Promise.resolve(this.fakeWorkflows);
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

/** Runs the command line; `files` are what `-f` can read. */
export async function btcnet(
  connections: FakeConnections,
  args: string,
  files: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const written = { out: '', err: '' };
  const io = {
    out: (text: string) => void (written.out += text),
    err: (text: string) => void (written.err += text),
    terminal: false,
    columns: undefined,
    read: (path: string): string => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error('there is no such file'), { code: 'ENOENT' });
      return text;
    },
    now: () => NOW,
    debug: false,
  };
  const code = await run(args.split(' '), { io, open: () => new BtcnetClient({ connections }) });
  return { code, ...written };
}
