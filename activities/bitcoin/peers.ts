/** Peering the nodes of a network with each other, and waiting until something about it changes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PeersReport } from '../../workflows/observation.ts';
import { askAgain } from './confirming.ts';
import { edgesOf } from './edges.ts';
import { forEach, inspectNodes, inspectPeers, merge, optionsOf } from './inspect.ts';
import type { PeersDeps, PeersRequest, TimedInspection } from './inspect.ts';
import { LastLook } from './last-look.ts';
import { decide } from './peering.ts';
import type { Orders } from './peering.ts';
import { PeeringMemory } from './peering-memory.ts';
import { buildReport, differs } from './report.ts';
import { RpcFault } from './rpc-fault.ts';
import type { RpcCall } from './rpc.ts';

/**
 * Milliseconds between orders and the look whether they took effect, doubling from look to look, and what is added for each node that is to
 * be asked: a dial inside a cluster is through within some 20 ms, and many at once take longer.
 */
const CONFIRM_FIRST_MS = 20;
const CONFIRM_LAST_MS = 400;
const CONFIRM_MS_PER_NODE = 0.05;

/**
 * Milliseconds after which `syncPeers` reports what there is, and what is added for each node. While more nodes are on their way it is
 * less: the last of a network's nodes would wait for the sync before theirs.
 */
const CONFIRM_WITHIN = {
  whole: { ms: 2_000, msPerNode: 1 },
  partial: { ms: 200, msPerNode: 0.1 },
} as const;

/** Milliseconds between looks of `awaitPeering`, growing by half each time. */
const AWAIT_FIRST_MS = 200;
const AWAIT_LAST_MS = 1_000;

/** Milliseconds between looks of `awaitPeering` for each node: however large a network is, it costs so many requests a second. */
const AWAIT_MS_PER_NODE = 1;

/** Milliseconds between two tidyings: what matters no more of networks is forgotten. */
const TIDY_MS = 60_000;

/** One process's work on one network: syncs stand in a queue. */
interface Desk {
  memory: PeeringMemory;
  lastLook: LastLook;
  last: Promise<unknown>;
  waiting: number;
}

/**
 * Peers networks. A process has exactly one: it sees to it that no two syncs of a network run side by side and that no pair is
 * dialled while an earlier dial may be under way, because both dials would succeed.
 */
export class PeerSync {
  readonly #deps: PeersDeps;
  readonly #desks = new Map<string, Desk>();
  #tidiedAt = 0;

  constructor(deps: PeersDeps) {
    this.#deps = deps;
  }

  /**
   * Looks at all members and reports; changes nothing. Goes on from the look that the request names, if it is this process's last one of
   * that network. Never throws but for the signal's reason.
   */
  async look(request: PeersRequest): Promise<PeersReport> {
    const { lastLook } = this.#deskOf(request.access.networkUid);
    const inspection = await lookOnce(this.#deps, request, lastLook);
    const report = buildReport(request.members, inspection, request.topology, request.dialect);
    return { ...report, look: lastLook.keep(request, inspection, this.#deps.now()) };
  }

  /**
   * Makes the connections what the topology says, as far as nodes answer, and returns what came of it within two seconds, or some more for
   * many nodes. What is as it should be costs one inspection. Never throws but for the signal's reason.
   */
  async syncPeers(request: PeersRequest): Promise<PeersReport> {
    const desk = this.#deskOf(request.access.networkUid);
    desk.waiting += 1;
    const turn = desk.last.then(async () => {
      request.signal?.throwIfAborted();
      return await sync(this.#deps, request, desk);
    });
    desk.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      desk.waiting -= 1;
    }
  }

  #deskOf(networkUid: string): Desk {
    this.#tidy();
    const desk = this.#desks.get(networkUid) ?? {
      memory: new PeeringMemory(this.#deps.now),
      lastLook: new LastLook(),
      last: Promise.resolve(),
      waiting: 0,
    };
    this.#desks.set(networkUid, desk);
    return desk;
  }

  #tidy(): void {
    const now = this.#deps.now();
    if (now - this.#tidiedAt < TIDY_MS) return;
    this.#tidiedAt = now;
    for (const [uid, { waiting, memory, lastLook }] of this.#desks) {
      if (waiting === 0 && memory.blank && lastLook.isOld(now, TIDY_MS)) this.#desks.delete(uid);
    }
  }
}

/** A look at all members, of which those are not asked who showed themselves a moment ago, to the same one. */
async function lookOnce(deps: PeersDeps, request: PeersRequest, lastLook: LastLook): Promise<TimedInspection> {
  const inspection = lastLook.take(request, deps.now());
  const others = request.members.filter(({ ordinal }) => !inspection.looks.has(ordinal));
  merge(inspection, await inspectNodes(deps, request, others));
  return inspection;
}

async function sync(
  deps: PeersDeps,
  request: PeersRequest,
  { memory, lastLook }: Pick<Desk, 'memory' | 'lastLook'>,
): Promise<PeersReport> {
  const { members, topology, dialect, signal } = request;
  const inspection = await lookOnce(deps, request, lastLook);
  const within = CONFIRM_WITHIN[request.isPartial === true ? 'partial' : 'whole'];
  const deadline = deps.now() + within.ms + members.length * within.msPerNode;
  const refusals = new Map<number, RpcFault>();
  const judge = () => {
    const edges = edgesOf(members, inspection.looks, topology);
    memory.see(members, edges);
    return { edges, decision: decide(members, inspection.looks, edges, dialect, memory) };
  };
  let judged = judge();
  for (let pause = CONFIRM_FIRST_MS; ; pause = Math.min(pause * 2, CONFIRM_LAST_MS)) {
    const { orders } = judged.decision;
    if (judged.decision.unsettled.size > 0 && deps.now() < deadline) {
      merge(inspection, await act(deps, request, memory, orders, refusals));
      judged = judge();
    }
    const { unsettled } = judged.decision;
    if (unsettled.size === 0 || deps.now() >= deadline) {
      const refused = unsettled.size === 0 ? [] : refusals;
      const faults = new Map([...refused, ...inspection.faults]);
      const report = buildReport(members, { ...inspection, faults }, topology, dialect, judged.edges);
      return { ...report, look: lastLook.keep(request, inspection, deps.now()) };
    }
    const asked = askAgain(judged.decision, judged.edges, inspection.askedAt);
    await sleep(Math.min(pause + asked.size * CONFIRM_MS_PER_NODE, CONFIRM_LAST_MS), undefined, { signal });
    merge(
      inspection,
      await inspectNodes(
        deps,
        request,
        members.filter(({ ordinal }) => asked.has(ordinal)),
      ),
    );
    judged = judge();
  }
}

/**
 * One POST per node that has orders, the highest ordinal first, since the higher one dials the lower: where dials show at once, the same
 * POST asks what the node sees then, and those who dialled it have done so before. What a node refuses, and why, goes to `refusals`.
 */
async function act(
  { rpc, now }: PeersDeps,
  request: PeersRequest,
  memory: PeeringMemory,
  orders: ReadonlyMap<number, Orders>,
  refusals: Map<number, RpcFault>,
): Promise<TimedInspection> {
  const { members, access, dialect } = request;
  const seen: TimedInspection = { looks: new Map(), faults: new Map(), askedAt: new Map(), at: new Date(now()) };
  const told = members.filter(({ ordinal }) => orders.has(ordinal)).sort((one, other) => other.ordinal - one.ordinal);
  await forEach(told, async (node) => {
    const { forget, disconnect, keep, dial } = orders.get(node.ordinal) ?? NO_ORDERS;
    const calls: RpcCall[] = [
      ...forget.map((entry) => dialect.forget(entry)),
      ...disconnect.flatMap((peer) => dialect.disconnect(peer)),
      ...keep.map((entry) => dialect.keep(entry)),
      ...dial.map((target) => dialect.dial(target)),
    ];
    // A connection that is cut is still shown for a moment.
    const question = dialect.showsDialsAtOnce && disconnect.length === 0 ? dialect.inspect() : [];
    for (const target of dial) memory.dialled(node, target);
    const askedAt = now();
    try {
      const answers = await rpc.ask(node, access, [...calls, ...question], optionsOf(request));
      const done = answers.slice(0, calls.length);
      const index = done.findIndex((answer) => !answer.ok && !dialect.already(answer.code));
      const refusal = done[index];
      if (refusal?.ok === false) {
        const detail = `${calls[index]?.method ?? ''}: ${refusal.message}`;
        refusals.set(node.ordinal, new RpcFault('CallFailed', node.pod, refusal.code, detail));
        return;
      }
      if (question.length === 0) return;
      seen.looks.set(node.ordinal, dialect.look(node.pod, answers.slice(calls.length)));
      seen.askedAt.set(node.ordinal, askedAt);
    } catch (error) {
      if (!(error instanceof RpcFault)) throw error;
      refusals.set(node.ordinal, error);
    }
  });
  return seen;
}

const NO_ORDERS: Orders = { disconnect: [], forget: [], keep: [], dial: [] };

/**
 * Looks until the report differs from the given one in what a pass acts on (edges, faults, whether all are on one tip), or the time is over, or the signal
 * says so; returns the newest report. Changes nothing.
 */
export async function awaitPeering(
  deps: PeersDeps,
  request: PeersRequest,
  { since, withinMs }: { since: PeersReport; withinMs: number },
): Promise<PeersReport> {
  const deadline = deps.now() + withinMs;
  const leastMs = request.members.length * AWAIT_MS_PER_NODE;
  let newest = since;
  let pause = AWAIT_FIRST_MS;
  try {
    for (;;) {
      newest = await inspectPeers(deps, request);
      const left = deadline - deps.now();
      if (differs(newest, since) || left <= 0) return newest;
      await sleep(Math.min(Math.max(pause, leastMs), left), undefined, { signal: request.signal });
      pause = Math.min(pause * 1.5, AWAIT_LAST_MS);
    }
  } catch (error) {
    if (request.signal?.aborted) return newest;
    throw error;
  }
}
