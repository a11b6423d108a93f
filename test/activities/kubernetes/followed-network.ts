/** A network of three nodes on an API server in memory, made by the real steps, and a process that may follow it. */
import type { Dependencies } from '../../../activities/dependencies.ts';
import { PeerSync } from '../../../activities/bitcoin/peers.ts';
import type { Rpc, RpcAnswer, RpcCall } from '../../../activities/bitcoin/rpc.ts';
import { ensureService, ensureStatefulSet } from '../../../activities/kubernetes/children.ts';
import { ClusterView } from '../../../activities/kubernetes/cluster-view.ts';
import { ensureCredentials } from '../../../activities/kubernetes/credentials.ts';
import { NETWORKS, PODS, STATEFUL_SETS } from '../../../activities/kubernetes/objects.ts';
import { OwnWrites } from '../../../activities/kubernetes/own-writes.ts';
import { updateStatus } from '../../../activities/kubernetes/status.ts';
import { watchNetworks } from '../../../activities/kubernetes/watch.ts';
import { observe } from '../../../activities/observe.ts';
import { syncPeers } from '../../../activities/peering.ts';
import { rollNode } from '../../../activities/rolling.ts';
import type { LookInput, NetworkRef, Observation, PeersReport, Step } from '../../../workflows/observation.ts';
import type { NetworkSpec } from '../../../workflows/spec.ts';
import { P2P_PORT, statefulSetName } from '../../../workflows/names.ts';
import { aNetwork, NOW, TIP } from '../../support/facts.ts';
import { ApiServer } from './api-server.ts';
import { aLivePod } from './live-objects.ts';

export const NAME = 'my-network';
export const NAMESPACE = 'default';
const NODES = 3;
const addressOf = (ordinal: number): string => `10.0.0.${String(ordinal + 1)}`;

export async function until(isSo: () => boolean): Promise<void> {
  for (let look = 0; look < 2_000 && !isSo(); look += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  if (!isSo()) throw new Error('it did not come to be so');
}

export class FollowedNetwork {
  readonly server = new ApiServer();
  readonly view = new ClusterView(this.server);
  readonly ref: NetworkRef = { namespace: NAMESPACE, name: NAME, uid: 'uid-1' };
  readonly wakes: string[] = [];
  /** Who was told to dial whom: `<pod> <address>`. */
  readonly dials: string[] = [];
  readonly deps: Dependencies;
  #connected = false;
  /** Lists of added nodes, by ordinal. */
  readonly #entries = new Map<number, Set<unknown>>();
  #report: PeersReport | null = null;
  #seen: Pick<LookInput, 'digest' | 'quietPasses'> = { digest: '', quietPasses: 0 };

  constructor(spec: Partial<NetworkSpec> = {}) {
    const silent = (): void => undefined;
    const rpc: Rpc = { ask: ({ ordinal, pod }, _access, calls) => Promise.resolve(calls.map((call) => this.#answer(ordinal, pod, call))) }; // prettier-ignore
    const now = (): number => Date.parse(NOW);
    this.deps = {
      cluster: this.view.cluster,
      view: this.view,
      log: { info: silent, warn: silent, error: silent },
      ownWrites: new OwnWrites(),
      defaults: { implementation: 'btcd' },
      now,
      rpc,
      peerSync: new PeerSync({ rpc, now: Date.now }),
      resync: { minMs: 1_000, maxMs: 600_000 },
      tipMaxAgeMs: null,
      signals: {
        wake: () => Promise.resolve(),
        ensureStarted: () => Promise.resolve(),
        running: () => Promise.resolve([]),
      },
      isSearchable: () => false,
      stopping: new AbortController().signal,
      nodeWatches: 1,
    };
    const { spec: declared, ...network } = aNetwork({ nodes: NODES });
    this.server.put(NETWORKS, { ...network, spec: { ...declared, secret: '', ...spec } });
  }

  /** Follows everything and wakes, as `watchCluster` does, until the function that it returns is called. */
  async follow(): Promise<() => Promise<void>> {
    const stop = new AbortController();
    const done = watchNetworks({
      view: this.view,
      wake: (_namespace, _name, { why }) => {
        this.wakes.push(why);
      },
      ensureStarted: () => undefined,
      running: () => Promise.resolve([]),
      heartbeat: () => undefined,
      ownWrites: this.deps.ownWrites,
      log: this.deps.log,
      signal: stop.signal,
    });
    await until(() => this.view.isLive(NAMESPACE));
    return () => (stop.abort(), done);
  }

  /** What the StatefulSet's controller does. */
  startPods(nodes = NODES): void {
    const set = this.server.get(STATEFUL_SETS, NAMESPACE, statefulSetName(NAME));
    const { uid = '', generation } = set?.metadata ?? {};
    const status = { observedGeneration: generation, updateRevision: 'one' };
    this.server.change(STATEFUL_SETS, NAMESPACE, statefulSetName(NAME), { status });
    for (let ordinal = 0; ordinal < nodes; ordinal += 1) this.startPod(ordinal, uid);
  }

  startPod(ordinal: number, setUid: string, revision = 'one'): void {
    const { metadata, ...pod } = aLivePod(ordinal);
    const [owner] = metadata.ownerReferences ?? [];
    this.server.put(PODS, {
      ...pod,
      metadata: {
        ...metadata,
        labels: { ...metadata.labels, 'controller-revision-hash': revision },
        ownerReferences: owner ? [{ ...owner, uid: setUid }] : [],
      },
    });
  }

  disconnect(): void {
    this.#connected = false;
  }

  /** A look, as the next pass makes it. */
  async look(): Promise<Observation> {
    const { namespace, name, uid } = this.ref;
    const seen = await observe(this.deps, { namespace, name, uid, failures: {}, ...this.#seen }, undefined);
    this.#seen = seen;
    this.#report = seen.peers;
    return seen;
  }

  /** A look, and what it finds due. */
  async pass(): Promise<Observation> {
    const seen = await this.look();
    for (const stage of seen.due) await Promise.all(stage.map((step) => this.#perform(step)));
    return seen;
  }

  /** As many passes as there is something to do. */
  async settle(): Promise<void> {
    for (let passes = 0; passes < 10; passes += 1) {
      const { due } = await this.pass();
      if (due.length === 0) return;
      if (due.flat().includes('ensureStatefulSet')) this.startPods();
    }
    throw new Error('there is always something to do');
  }

  async #perform(step: Step): Promise<void> {
    const { deps, ref } = this;
    if (step === 'ensureCredentials') await ensureCredentials(deps, ref);
    else if (step === 'ensureService') await ensureService(deps, ref);
    else if (step === 'ensureStatefulSet') await ensureStatefulSet(deps, ref);
    else if (step === 'syncPeers') this.#report = await syncPeers(deps, ref, {});
    else if (step === 'rollNode') await rollNode(deps, ref, undefined);
    else if (step === 'updateStatus') await updateStatus(deps, ref, { peers: this.#report, failures: {} });
  }

  #answer(ordinal: number, pod: string, { method, params }: RpcCall): RpcAnswer {
    if (method === 'getpeerinfo') return { ok: true, result: this.#connected ? peersOf(ordinal) : [] };
    if (method === 'getblockheader') return { ok: true, result: { time: Date.parse(NOW) / 1_000 } };
    const entries = this.#entries.get(ordinal) ?? new Set();
    if (method === 'getaddednodeinfo') return { ok: true, result: [...entries].map((addednode) => ({ addednode })) };
    if (method === 'addnode' && params[1] === 'add') {
      this.#entries.set(ordinal, entries.add(params[0]));
      return { ok: true, result: null };
    }
    if (method === 'addnode') {
      this.dials.push(`${pod} ${String(params[0])}`);
      this.#connected = true;
      return { ok: true, result: null };
    }
    return { ok: true, result: { blocks: 101, bestblockhash: TIP } };
  }
}

/** Every node is connected with the two others; the higher one has dialled. */
const peersOf = (ordinal: number): object[] =>
  Array.from({ length: NODES }, (_, other) => other)
    .filter((other) => other !== ordinal)
    .map((other) => {
      const [low, high] = [Math.min(ordinal, other), Math.max(ordinal, other)];
      const dialler = `${addressOf(high)}:${String(50_000 + low)}`;
      const inbound = ordinal === low;
      return {
        id: other,
        inbound,
        addr: inbound ? dialler : `${addressOf(low)}:${String(P2P_PORT)}`,
        addrbind: dialler,
        addrlocal: inbound ? `${addressOf(ordinal)}:${String(P2P_PORT)}` : dialler,
      };
    });
