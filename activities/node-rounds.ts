/** The regular looks at the nodes of one network: what they show is written into its status, or wakes its workflow. */
import type { BitcoinNetwork, PodFacts } from '../workflows/facts.ts';
import { wantedPods } from '../workflows/conditions.ts';
import {
  isAtWork,
  judgeLook,
  MOST_LEFT_OUT,
  NOTHING_SEEN,
  secondLookMs,
  type LookMemory,
  type LookVerdict,
} from '../workflows/node-watch.ts';
import type { PeersReport } from '../workflows/observation.ts';
import { sameStatus, withHeights } from '../workflows/status.ts';
import type { PeersDeps } from './bitcoin/inspect.ts';
import type { RpcFaultReason } from './bitcoin/rpc-fault.ts';
import type { Signals } from './dependencies.ts';
import { isConflict } from './kubernetes/errors.ts';
import { pause } from './kubernetes/follow.ts';
import { getNetwork } from './kubernetes/network.ts';
import type { NodeMemory } from './kubernetes/node-memory.ts';
import { AskableNodes } from './kubernetes/askable-nodes.ts';
import { putStatus } from './kubernetes/status.ts';
import type { Writer } from './kubernetes/writer.ts';
import { survey } from './peering.ts';

/** Milliseconds for one node's answer: a node that takes longer counts as silent. */
const ANSWER_WITHIN_MS = 2_000;

/** Faults that other credentials or another authority may mend. */
const REFUSALS: ReadonlySet<string> = new Set<RpcFaultReason>(['Unauthorized', 'Untrusted']);

export interface RoundDeps extends Writer, PeersDeps {
  signals: Pick<Signals, 'wake'>;
}

export class NodeRounds {
  readonly #deps: RoundDeps;
  readonly #memory: NodeMemory;
  /** `<namespace>/<name>` of the network. */
  readonly #key: string;
  readonly #signal: AbortSignal;
  #uid = '';
  #nodes: AskableNodes;
  #looked: LookMemory = NOTHING_SEEN;
  #tip: string | null = null;
  #changedAt: number | null = null;
  /** Regular looks in a row that were left out. */
  #leftOut = 0;

  constructor(deps: RoundDeps, memory: NodeMemory, key: string, signal: AbortSignal) {
    this.#deps = deps;
    this.#memory = memory;
    this.#key = key;
    this.#signal = signal;
    this.#nodes = new AskableNodes(deps.cluster, deps.defaults);
  }

  /**
   * Looks; and a second time a little later, where the first look shows what may pass by itself.
   *
   * @throws ApiError when the API server cannot be asked; a node that does not answer is part of what is seen
   */
  async look(): Promise<void> {
    const again = await this.#look({ first: true });
    if (!again) return;
    await pause(secondLookMs(this.#current()?.spec.nodes ?? 0), this.#signal);
    if (!this.#signal.aborted) await this.#look({ first: false });
  }

  /** Milliseconds since another tip, or something amiss, was seen; null: not yet. */
  get unchangedMs(): number | null {
    return this.#changedAt === null ? null : this.#deps.now() - this.#changedAt;
  }

  /** @returns whether a second look is wanted */
  async #look({ first }: { first: boolean }): Promise<boolean> {
    const network = this.#current();
    if (network === null || this.#isLeftOut(network, first)) return false;
    const { now } = this.#deps;
    const options = { signal: this.#signal };
    const nodes = await this.#nodes.read(network, this.#memory.pods(this.#key), now(), options);
    if (nodes === null) return false;
    const { report, blocks } = await survey(this.#deps, nodes, { ...options, timeoutMs: ANSWER_WITHIN_MS });
    if (report.faults.some(({ reason }) => REFUSALS.has(reason))) this.#nodes.refused(now());

    // What came in while the nodes were asked may explain what they said.
    const since = this.#current();
    if (since?.metadata.uid !== network.metadata.uid) return false;
    const verdict = judgeLook({ network: since, report, blocks, nowMs: now() }, this.#looked);
    if ((this.#tip !== null && this.#tip !== report.tip) || verdict.memory.suspicions.length > 0)
      this.#changedAt = now();
    this.#tip = report.tip;
    if (first && verdict.lookAgain) {
      this.#looked = verdict.memory;
      return true;
    }
    await this.#write(since, nodes.pods, report);
    await this.#wake(verdict);
    return false;
  }

  /** The network as it was last seen; null: there is none to look after. */
  #current(): BitcoinNetwork | null {
    const network = this.#memory.network(this.#key);
    if (network === null) return null;
    const { metadata, spec, status } = network;
    if (metadata.uid !== this.#uid) {
      this.#uid = metadata.uid;
      this.#nodes = new AskableNodes(this.#deps.cluster, this.#deps.defaults);
      this.#looked = NOTHING_SEEN;
    }
    const left = metadata.deletionTimestamp !== undefined || spec.paused === true;
    // Without conditions the workflow has not come to it yet.
    return left || status?.conditions === undefined ? null : network;
  }

  #isLeftOut(network: BitcoinNetwork, first: boolean): boolean {
    const pods = this.#memory.pods(this.#key).map(({ facts }) => facts);
    const isBusy = isAtWork(network, wantedPods(pods, network.spec.nodes).length);
    const isLeftOut = isBusy && this.#leftOut < MOST_LEFT_OUT;
    if (first) this.#leftOut = isLeftOut ? this.#leftOut + 1 : 0;
    return isLeftOut;
  }

  /** Asks the API server only when there is something new to write; somebody else's write in between is looked at next time. */
  async #write(seen: BitcoinNetwork, pods: PodFacts[], peers: PeersReport): Promise<void> {
    const asSeen = withHeights({ network: seen, pods, peers });
    if (sameStatus(asSeen, seen.status ?? {})) return;
    const options = { signal: this.#signal };
    const network = await getNetwork(this.#deps.cluster, seen.metadata, options);
    if (network?.metadata.uid !== seen.metadata.uid || network.spec.paused === true) return;
    if (network.metadata.deletionTimestamp !== undefined) return;
    try {
      await putStatus(this.#deps, network, withHeights({ network, pods, peers }), options);
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }

  async #wake({ wake, memory }: LookVerdict): Promise<void> {
    if (wake !== null) {
      const { namespace, name } = this.#memory.network(this.#key)?.metadata ?? {};
      if (namespace === undefined || name === undefined) return;
      await this.#deps.signals.wake(namespace, name, { live: true, why: wake });
      this.#deps.log.info('Network woken by its nodes', { network: this.#key, why: wake });
    }
    // Only now: who could not be told is told next time.
    this.#looked = memory;
  }
}
