/** What the API server shows of networks and pods, as soon as it shows it, with the time at which it was seen. */
import type { BitcoinNetwork } from '../../../workflows/facts.ts';
import { INSTANCE_LABEL, MANAGED_SELECTOR } from '../../../workflows/names.ts';
import { connectCluster } from '../../../activities/kubernetes/cluster.ts';
import { follow } from '../../../activities/kubernetes/follow.ts';
import { type LivePod, NETWORKS, PODS } from '../../../activities/kubernetes/objects.ts';
import { StackError } from '../../../deploy/local/stack-error.ts';
import { Changes } from '../changes.ts';
import { isReady } from '../well.ts';
import type { FarmPod, NodeFarm } from './node-farm.ts';

/** Milliseconds after which is looked again although nothing was seen to change. */
const LOOK_MS = 20;

/** A network, and when this was seen of it: milliseconds of `performance.now()`. */
export interface Seen {
  network: BitcoinNetwork;
  atMs: number;
}

interface SeenPod {
  pod: FarmPod | null;
  ready: boolean;
  uid: string;
  network: string;
}

export class Sight {
  readonly #networks = new Map<string, Seen>();
  readonly #pods = new Map<string, SeenPod>();
  readonly #ready = new Map<string, number>();
  /** By network: when a pod of it became Ready last. */
  readonly #lastReadyMs = new Map<string, number>();
  /** Told of whatever is seen here; what the farm's nodes do is not. */
  readonly changes = new Changes({ everyMs: LOOK_MS });
  readonly #end = new AbortController();
  readonly #farm: NodeFarm;
  /** Called with the network whose last change made a pod Ready. */
  onReady: (network: string) => void = () => undefined;

  /** Nodes of the farm live and die with their pods. */
  constructor(kubeconfig: string, farm: NodeFarm) {
    this.#farm = farm;
    const cluster = connectCluster({ kubeconfig });
    const { signal } = this.#end;
    const onTrouble = (): void => undefined;
    void follow(cluster, {
      kind: NETWORKS,
      keep: (network) => network,
      onList: (networks) => {
        networks.forEach((network) => {
          this.#networkChanged(network);
        });
      },
      onChange: (change, network) => {
        if (change === 'deleted') this.#networks.delete(keyOf(network));
        else this.#networkChanged(network);
        this.changes.tell();
      },
      onTrouble,
      signal,
    });
    void follow(cluster, {
      kind: PODS,
      labelSelector: MANAGED_SELECTOR,
      keep: seenPod,
      onList: () => undefined,
      onChange: (change, { key, seen }) => {
        this.#podChanged(key, change === 'deleted' ? null : seen);
      },
      onTrouble,
      signal,
    });
  }

  network(key: string): Seen | undefined {
    return this.#networks.get(key);
  }

  /** @returns null: there is no such pod, it is leaving, or has no address yet */
  addressOf(pod: string): string | null {
    return this.#pods.get(pod)?.pod?.address ?? null;
  }

  readyPods(network: string): number {
    return this.#ready.get(network) ?? 0;
  }

  /** @throws StackError when no pod of the network has been seen to become Ready */
  lastReadyMs(network: string): number {
    const at = this.#lastReadyMs.get(network);
    if (at === undefined) throw new StackError(`No pod of ${network} became Ready.`);
    return at;
  }

  stop(): void {
    this.#end.abort();
  }

  #networkChanged(network: BitcoinNetwork): void {
    this.#networks.set(keyOf(network), { network, atMs: performance.now() });
  }

  #podChanged(key: string, seen: SeenPod | null): void {
    const before = this.#pods.get(key);
    if (before?.pod && seen?.pod?.uid !== before.pod.uid) this.#farm.podGone(before.pod);
    if (seen === null) this.#pods.delete(key);
    else this.#pods.set(key, seen);
    if (seen?.pod) this.#farm.podRuns(seen.pod);
    const network = seen?.network ?? before?.network ?? '';
    const was = before?.ready === true ? 1 : 0;
    const is = seen?.ready === true ? 1 : 0;
    this.#ready.set(network, this.readyPods(network) + is - was);
    if (is === 1 && (was === 0 || before?.uid !== seen?.uid)) {
      this.#lastReadyMs.set(network, performance.now());
      this.onReady(network);
    }
    this.changes.tell();
  }
}

const keyOf = ({ metadata }: BitcoinNetwork): string => `${metadata.namespace}/${metadata.name}`;

function seenPod(live: LivePod): { key: string; seen: SeenPod } {
  const { namespace, name, uid, labels = {}, deletionTimestamp } = live.metadata;
  const network = labels[INSTANCE_LABEL] ?? '';
  const address = live.status?.podIP;
  const pod = address === undefined || deletionTimestamp ? null : { uid, namespace, name, network, address };
  return {
    key: `${namespace}/${name}`,
    seen: { pod, ready: pod !== null && isReady(live), uid, network: `${namespace}/${network}` },
  };
}
