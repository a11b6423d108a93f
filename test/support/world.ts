/**
 * A cluster of the mind: the facts about one network, changed by the same steps that change a real cluster, and judged by the
 * real plan. The workflow cannot tell it from the real activities; a test can make any of them fail, or replace it.
 */
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Activities } from '../../workflows/activities.ts';
import type { BitcoinNetwork, ChildState, NetworkFacts, PodFacts } from '../../workflows/facts.ts';
import type { Failure, LookInput, NetworkRef, Observation, PeersReport } from '../../workflows/observation.ts';
import { differs } from '../../activities/bitcoin/report.ts';
import { readinessOf } from '../../activities/kubernetes/readiness.ts';
import type { Awaited } from '../../activities/kubernetes/readiness.ts';
import { judge } from '../../activities/observe.ts';
import { DEFAULT_TIP_MAX_AGE_MS, type ResyncSettings } from '../../workflows/plan.ts';
import { nodeToRoll } from '../../workflows/rolling.ts';
import { wantedPods } from '../../workflows/conditions.ts';
import { desiredStatus, sameStatus, troubleOf } from '../../workflows/status.ts';
import type { NetworkSpec } from '../../workflows/spec.ts';
import { dials, edgeCount } from '../../workflows/topology.ts';
import { aNetwork, aPod, aReport } from './facts.ts';

/** Milliseconds between looks of an activity that waits for the world to change. */
const POLL_MS = 20;

export class World {
  network: BitcoinNetwork | null = null;
  service: ChildState = 'missing';
  credentials: ChildState = 'missing';
  /** Why the Secret of the nodes cannot be rendered, until the test takes it away. */
  credentialsProblem: Failure | null = null;
  replicas: number | null = null;
  pods: PodFacts[] = [];
  /** Whether pods start by themselves. */
  pullable = true;
  connected = '';
  height = 0;
  /** Whether the Temporal server has the search attributes of networks. */
  searchable = false;
  /** When the newest block was made; null: nobody knows, so it is never old. */
  tipMinedAt: string | null = null;
  /** Milliseconds since the epoch; a time-skipping server has a clock of its own. */
  now: () => number | Promise<number> = Date.now;
  /** Ordinals of nodes that do not take the credentials. */
  readonly refusing = new Set<number>();
  /** What happens in the moment after a network was removed. */
  whenRemoved: () => Promise<void> = () => Promise.resolve();
  resync: ResyncSettings = { minMs: 60_000, maxMs: 600_000 };
  /** Names of the activities that were called, in order. */
  readonly calls: string[] = [];
  readonly events: string[] = [];
  /** Ordinals of the nodes that were replaced, in order. */
  readonly rolled: number[] = [];
  /** Whether all nodes were connected when these went. */
  readonly connectedAtRolls: boolean[] = [];
  /** Activities that fail, by name, until the test takes the failure away. */
  readonly failing = new Map<string, Error>();
  #created = 0;

  declare(spec: NetworkSpec): BitcoinNetwork {
    this.#created += 1;
    const network = aNetwork();
    this.network = {
      ...network,
      metadata: { ...network.metadata, uid: `uid-${this.#created}`, generation: 1 },
      spec: { ...spec },
    };
    return this.network;
  }

  change(spec: Partial<NetworkSpec>): void {
    if (this.network === null) throw new Error('there is no network to change');
    const { metadata } = this.network;
    this.network = {
      ...this.network,
      metadata: { ...metadata, generation: metadata.generation + 1 },
      spec: { ...this.network.spec, ...spec },
    };
  }

  vanish(): void {
    this.network = null;
    this.service = 'missing';
    this.credentials = 'missing';
    this.replicas = null;
    this.pods = [];
    this.connected = '';
    this.height = 0;
  }

  replacePod(ordinal: number): void {
    this.pods = this.pods.map((pod) => (pod.ordinal === ordinal ? aPod(ordinal, { ip: '10.0.9.9', uid: 'new' }) : pod));
    this.connected = '';
  }

  /** What a change of the image or of the credentials does: every pod is of a template that the set has no more. */
  outdate(): void {
    this.pods = this.pods.map((pod) => ({ ...pod, outdated: true }));
  }

  callsOf(name: keyof Activities): number {
    return this.calls.filter((call) => call === name).length;
  }

  condition(type: string): string | undefined {
    return this.network?.status?.conditions?.find((one) => one.type === type)?.status;
  }

  get settled(): boolean {
    const status = this.network?.status;
    return (
      status?.observedGeneration === this.network?.metadata.generation &&
      ['Ready', 'Peered', 'Synced'].every((type) => this.condition(type) === 'True')
    );
  }

  activities(): Activities {
    const activities: Activities = {
      observe: async (input) => this.#observe(input, new Date(await this.now()).toISOString()),
      createNetwork: ({ spec }) => Promise.resolve({ uid: (this.network ?? this.declare(spec)).metadata.uid }),
      scaleNetwork: ({ nodes }) => {
        this.change({ nodes });
        return Promise.resolve({ generation: this.network?.metadata.generation ?? 0 });
      },
      ensureCredentials: () => this.#made(() => (this.credentials = 'ours')),
      ensureService: () => this.#made(() => (this.service = 'ours')),
      ensureStatefulSet: () =>
        this.#made(() => {
          const nodes = this.network?.spec.nodes ?? 0;
          this.replicas = nodes;
          const before = this.pods;
          this.pods = Array.from({ length: nodes }, (_, ordinal) => before[ordinal] ?? this.#startedPod(ordinal));
        }),
      syncPeers: () => {
        this.connected = this.#members();
        return Promise.resolve(this.#report());
      },
      refreshTip: async () => {
        this.height += 1;
        this.tipMinedAt = new Date(await this.now()).toISOString();
        return this.#report();
      },
      reconnectLaggards: () => Promise.resolve(this.#report()),
      rollNode: () => {
        const next = nodeToRoll(this.#facts());
        if (next === null) return Promise.resolve('not now');
        this.rolled.push(next.ordinal);
        this.connectedAtRolls.push(this.connected === this.#members());
        this.pods = this.pods.map((pod) => (pod === next ? this.#startedPod(next.ordinal, 'rolled') : pod));
        return Promise.resolve(next.name);
      },
      updateStatus: ({ peers, failures }) =>
        this.#made(() => {
          if (this.network === null) return;
          const status = desiredStatus(
            { ...this.#facts({ peers, failures }), network: this.network },
            new Date().toISOString(),
          );
          if (!sameStatus(status, this.network.status ?? {})) this.network = { ...this.network, status };
        }),
      awaitPodReadiness: ({ readiness, timeoutMs }) => this.#until(() => this.#differs(readiness), timeoutMs),
      awaitPeering: ({ peers, timeoutMs }) =>
        this.#until(() => {
          const report = this.#report();
          return report === null || differs(report, peers);
        }, timeoutMs),
      removeNetwork: async (ref) => {
        const removed = this.#remove(ref);
        await this.whenRemoved();
        return removed;
      },
      recordEvent: ({ reason, message }) => {
        this.events.push(`${reason}: ${message}`);
        return Promise.resolve();
      },
      mine: ({ blocks, node = 0 }) => {
        this.height += blocks;
        return Promise.resolve({ blocks, node, height: this.height, tip: tipAt(this.height) });
      },
      identifyCluster: () => Promise.resolve('cluster-uid'),
      watchCluster: () => Promise.resolve('ended'),
      watchNodes: ({ shards }) => Promise.resolve({ shards, message: 'ended' }),
    };
    return Object.fromEntries(
      Object.entries(activities).map(([name, run]) => [
        name,
        this.#recorded(name, run as (input: never) => Promise<unknown>),
      ]),
    ) as unknown as Activities;
  }

  #recorded(name: string, run: (input: never) => Promise<unknown>) {
    return async (input: never): Promise<unknown> => {
      this.calls.push(name);
      const failure = this.failing.get(name);
      if (failure) throw failure;
      return run(input);
    };
  }

  #made(change: () => unknown): Promise<string> {
    change();
    return Promise.resolve('done');
  }

  #startedPod(ordinal: number, uid = `pod-${ordinal}`): PodFacts {
    if (this.pullable)
      return aPod(ordinal, { uid, ip: uid === 'rolled' ? `10.0.1.${ordinal + 1}` : `10.0.0.${ordinal + 1}` });
    return aPod(ordinal, {
      uid,
      ready: false,
      ip: null,
      problem: { reason: 'ImagePullFailed', message: 'No such image.' },
    });
  }

  #wanted(): PodFacts[] {
    return wantedPods(this.pods, this.network?.spec.nodes ?? 0);
  }

  #members = (): string =>
    this.#wanted()
      .map((pod) => `${pod.ordinal}@${pod.ip ?? ''}`)
      .join();

  /** Whether a look would find something else, or what failed would work by now. */
  #differs(readiness: string): boolean {
    const [before, now] = [readiness, readinessOf(this.#facts())].map((text) => JSON.parse(text) as Awaited);
    return before?.seen !== now?.seen || Object.keys(before?.failing ?? {}).some((step) => !this.failing.has(step));
  }

  #report(): PeersReport | null {
    const wanted = this.#wanted();
    if (wanted.length === 0) return null;
    const answering = wanted.filter((pod) => !this.refusing.has(pod.ordinal));
    const edgesOf = (pods: PodFacts[]): number => edgeCount(dials(pods.map((pod) => pod.ordinal)));
    const actualEdges = this.connected === this.#members() ? edgesOf(answering) : 0;
    return aReport(wanted.length, {
      members: this.#members(),
      answered: answering.length,
      expectedEdges: edgesOf(wanted),
      actualEdges,
      openEdges: edgesOf(answering) - actualEdges,
      height: this.height,
      tip: tipAt(this.height),
      atTip: answering.length,
      faults: [...this.refusing].map((ordinal) => ({ ordinal, reason: 'Unauthorized', message: 'It answers 401.' })),
    });
  }

  #facts(overrides: Partial<NetworkFacts> = {}): NetworkFacts {
    return {
      network: this.network,
      implementation: 'btcd',
      credentials: this.credentials,
      credentialsProblem: this.credentialsProblem,
      service: this.service,
      statefulSet: this.replicas === null ? 'missing' : 'ours',
      replicas: this.replicas,
      pods: this.pods,
      podsRefused: null,
      // Nobody asks the nodes of a network that is paused.
      peers: this.network?.spec.paused === true ? null : this.#report(),
      tipMinedAt: this.tipMinedAt,
      failures: {},
      ...overrides,
    };
  }

  #observe(input: LookInput, now: string): Observation {
    const facts = this.#facts({ failures: input.failures });
    const seen = judge(facts, input, now, { resync: this.resync, tipMaxAgeMs: DEFAULT_TIP_MAX_AGE_MS });
    return this.searchable ? { ...seen, search: { reason: troubleOf({ ...facts, failures: seen.failures }) } } : seen;
  }

  #remove(ref: NetworkRef): { gone: boolean; removed: string[] } {
    const removed = this.replicas === null ? [] : ['Service/my-network-svc', 'StatefulSet/my-network-sts'];
    if (this.network === null || this.network.metadata.uid === ref.uid) this.vanish();
    return { gone: true, removed };
  }

  async #until(changed: () => boolean, timeoutMs: number): Promise<string> {
    const { cancellationSignal } = Context.current();
    for (let waited = 0; waited < timeoutMs && !cancellationSignal.aborted; waited += POLL_MS) {
      if (changed()) return 'changed';
      Context.current().heartbeat();
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return 'unchanged';
  }
}

/** A block hash for a height. */
const tipAt = (height: number): string => height.toString(16).padStart(64, '0');

/** A failure that nobody can mend by trying again. */
export const permanently = (reason: string, message: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(message, reason);
