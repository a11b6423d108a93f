/** A small API server that holds networks of one node, their StatefulSets, Secrets and pods; and the nodes, which answer as told. */
import type { ApiCall, Cluster } from '../../activities/kubernetes/cluster.ts';
import { ClusterView } from '../../activities/kubernetes/cluster-view.ts';
import { ApiError } from '../../activities/kubernetes/errors.ts';
import { NODE_KEYS } from '../../activities/kubernetes/manifests/node-files.ts';
import { leanNetwork, NodeMemory, ownedPod } from '../../activities/kubernetes/node-memory.ts';
import {
  NETWORKS,
  pathOf,
  PODS,
  SECRETS,
  STATEFUL_SETS,
  type Live,
  type LivePod,
} from '../../activities/kubernetes/objects.ts';
import { OwnWrites } from '../../activities/kubernetes/own-writes.ts';
import { ownerReference } from '../../activities/kubernetes/ownership.ts';
import type { RoundDeps } from '../../activities/node-rounds.ts';
import type { AskOptions, RpcAnswer, RpcCall } from '../../activities/bitcoin/rpc.ts';
import type { BitcoinNetwork, NetworkStatus } from '../../workflows/facts.ts';
import {
  INSTANCE_LABEL,
  nodeSecretName,
  PASSWORD_KEY,
  podName,
  statefulSetName,
  USER_KEY,
} from '../../workflows/names.ts';
import { desiredStatus } from '../../workflows/status.ts';
import { aNetwork, aPod, aReport, NOW, theFacts, TIP } from '../support/facts.ts';

const NAMESPACE = 'default';
const text = (value: string): string => Buffer.from(value).toString('base64');

/** What a node shows. */
export interface NodeState {
  height: number;
  tip: string;
  /** Addresses of its peers. */
  peers: string[];
}

export class WatchedCluster implements Cluster {
  readonly config = null as never;
  readonly memory = new NodeMemory();
  /** `<method> <kind>` of every call but the lists. */
  readonly calls: string[] = [];
  readonly patches: { metadata: unknown; status: NetworkStatus }[] = [];
  readonly wakes: { name: string; why: string }[] = [];
  readonly lines_: string[] = [];
  readonly state: NodeState = { height: 101, tip: TIP, peers: [] };
  /** POSTs so far, by pod. */
  readonly posts = new Map<string, number>();
  /** Comes before every answer of a node. */
  hinder: (pod: string, options: AskOptions) => Promise<void> = () => Promise.resolve();
  /** Comes before every signal. */
  refuseWake: () => void = () => undefined;
  nowMs = 1_000_000;
  readonly #view = new ClusterView(this);
  readonly #objects = new Map<string, Live>();

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** A settled network of one node; `change` makes it different before it is stored. */
  add(name: string, change: (network: BitcoinNetwork) => BitcoinNetwork = (network) => network): BitcoinNetwork {
    const metadata = { ...aNetwork().metadata, name, uid: `uid-${name}` };
    const bare = aNetwork({ nodes: 1, metadata });
    const facts = { ...theFacts({ network: bare, peers: aReport(1), pods: [aPod(0)] }), network: bare };
    const network = change({ ...bare, status: desiredStatus(facts, NOW) });
    const owner = [ownerReference({ name, uid: network.metadata.uid })];
    const child = (childName: string): Live['metadata'] => ({
      name: childName,
      namespace: NAMESPACE,
      uid: `uid-${childName}`,
      resourceVersion: '1',
      ownerReferences: owner,
    });
    const secret = { [USER_KEY]: text('user'), [PASSWORD_KEY]: text('password'), [NODE_KEYS.ca]: text('ca') };
    this.#put(NETWORKS, network);
    this.#put(STATEFUL_SETS, { metadata: child(statefulSetName(name)) });
    this.#put(SECRETS, { metadata: child(nodeSecretName(name)), ...{ data: secret } });
    this.addPod(name);
    this.memory.networkChanged(leanNetwork(network));
    return network;
  }

  /** @param more what is different about the pod */
  addPod(network: string, more: Partial<LivePod['metadata']> = {}, ip = '10.0.0.1'): void {
    const pod: LivePod = {
      metadata: {
        name: podName(network, 0),
        namespace: NAMESPACE,
        uid: `uid-${ip}`,
        resourceVersion: '1',
        labels: { [INSTANCE_LABEL]: network },
        ownerReferences: [{ ...ownerReference({ name: '', uid: `uid-${statefulSetName(network)}` }) }],
        ...more,
      },
      status: { podIP: ip, conditions: [{ type: 'Ready', status: 'True' }] },
    };
    this.#put(PODS, pod);
    const owned = ownedPod(pod);
    if (owned) this.memory.podChanged(owned);
  }

  /** Somebody changes the network; the watch sees it at once, unless it is told not to. */
  change(name: string, change: (network: BitcoinNetwork) => BitcoinNetwork, seen = true): void {
    const changed = change(this.network(name));
    this.#put(NETWORKS, changed);
    if (seen) this.memory.networkChanged(leanNetwork(changed));
  }

  network(name: string): BitcoinNetwork {
    const found = this.#objects.get(pathOf(NETWORKS, NAMESPACE, name));
    if (!found) throw new Error(`there is no network ${name}`);
    return found as BitcoinNetwork;
  }

  get deps(): RoundDeps {
    const log = (message: string): void => void this.lines_.push(message);
    return {
      cluster: this,
      view: this.#view,
      log: { info: log, warn: log, error: log },
      ownWrites: new OwnWrites(),
      defaults: { implementation: 'btcd' },
      now: () => this.nowMs,
      rpc: { ask: ({ pod }, _access, calls, options = {}) => this.#ask(pod, calls, options) },
      signals: {
        wake: (_namespace, name, { why }) => {
          this.refuseWake();
          this.wakes.push({ name, why });
          return Promise.resolve();
        },
      },
    };
  }

  call({ method, path, body, subject, query }: ApiCall): Promise<unknown> {
    if (query?.['limit'] !== undefined) {
      const items = [...this.#objects].filter(([at]) => at.includes(`/${path.split('/').at(-1) ?? ''}/`));
      return Promise.resolve({ metadata: { resourceVersion: '1' }, items: items.map(([, object]) => object) });
    }
    this.calls.push(`${method} ${subject.kind}`);
    if (method === 'PATCH') return this.#patch(path.replace(/\/status$/, ''), body, subject);
    if (method === 'POST') return Promise.resolve(body);
    const found = this.#objects.get(path);
    if (found) return Promise.resolve(structuredClone(found));
    return Promise.reject(new ApiError(subject, { status: 404, body: { reason: 'NotFound' } }));
  }

  // eslint-disable-next-line require-yield -- nothing ever changes while it is watched
  async *lines({ signal }: ApiCall): AsyncGenerator<string, void> {
    await new Promise((_, reject) => signal?.addEventListener('abort', reject));
  }

  #put(kind: { apiVersion: string; kind: string; plural: string }, object: Live): void {
    const { namespace, name } = object.metadata;
    this.#objects.set(pathOf({ ...kind, as: (value) => value as Live }, namespace, name), object);
  }

  #patch(path: string, body: unknown, subject: ApiCall['subject']): Promise<unknown> {
    const patch = body as (typeof this.patches)[number];
    const before = this.#objects.get(path) as BitcoinNetwork;
    const { uid, resourceVersion } = before.metadata;
    if (JSON.stringify(patch.metadata) !== JSON.stringify({ uid, resourceVersion })) {
      return Promise.reject(new ApiError(subject, { status: 409, body: { reason: 'Conflict' } }));
    }
    this.patches.push(patch);
    const metadata = { ...before.metadata, resourceVersion: String(Number(resourceVersion) + 1) };
    const after = { ...before, metadata, status: { ...before.status, ...patch.status } };
    this.#objects.set(path, after);
    this.memory.networkChanged(leanNetwork(after));
    return Promise.resolve(after);
  }

  async #ask(pod: string, calls: readonly RpcCall[], options: AskOptions): Promise<RpcAnswer[]> {
    this.posts.set(pod, (this.posts.get(pod) ?? 0) + 1);
    await this.hinder(pod, options);
    const { height, tip, peers } = this.state;
    return calls.map(({ method }) => ({
      ok: true,
      result:
        method === 'getpeerinfo'
          ? peers.map((addr, id) => ({ id, addr, addrlocal: '10.0.0.1:40000', inbound: true }))
          : { blocks: height, bestblockhash: tip },
    }));
  }
}
