/** Peering the nodes of a network with each other, and waiting until something about it changes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PeersReport } from '../../workflows/observation.ts';
import { inspectNodes, inspectPeers } from './inspect.ts';
import type { PeersDeps, PeersRequest } from './inspect.ts';
import { decide } from './peering.ts';
import type { Orders } from './peering.ts';
import { PeeringMemory } from './peering-memory.ts';
import { buildReport, differs } from './report.ts';
import type { Inspection } from './report.ts';
import { RpcFault } from './rpc-fault.ts';
import type { RpcCall } from './rpc.ts';

/** Milliseconds between looks while orders take effect: a dial inside a cluster is through within some 20 ms. */
const CONFIRM_FIRST_MS = 50;
const CONFIRM_LAST_MS = 400;

/** Milliseconds after which `syncPeers` reports what there is. */
const CONFIRM_WITHIN_MS = 2_000;

/** Milliseconds between looks of `awaitPeering`, growing by half each time. */
const AWAIT_FIRST_MS = 200;
const AWAIT_LAST_MS = 1_000;

/** One process's work on one network: syncs stand in a queue. */
interface Desk {
  memory: PeeringMemory;
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

  constructor(deps: PeersDeps) {
    this.#deps = deps;
  }

  /**
   * Makes the connections what the topology says, as far as nodes answer, and returns what came of it within two seconds. What
   * is as it should be costs one inspection. Never throws but for the signal's reason.
   */
  async syncPeers(request: PeersRequest): Promise<PeersReport> {
    const desk = this.#deskOf(request.access.networkUid);
    desk.waiting += 1;
    const turn = desk.last.then(async () => {
      request.signal?.throwIfAborted();
      return await sync(this.#deps, request, desk.memory);
    });
    desk.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      desk.waiting -= 1;
    }
  }

  #deskOf(networkUid: string): Desk {
    for (const [uid, { waiting, memory }] of this.#desks) {
      if (uid !== networkUid && waiting === 0 && memory.blank) this.#desks.delete(uid);
    }
    const desk = this.#desks.get(networkUid) ?? {
      memory: new PeeringMemory(this.#deps.now),
      last: Promise.resolve(),
      waiting: 0,
    };
    this.#desks.set(networkUid, desk);
    return desk;
  }
}

async function sync(deps: PeersDeps, request: PeersRequest, memory: PeeringMemory): Promise<PeersReport> {
  const { members, topology, dialect, signal } = request;
  const inspection = await inspectNodes(deps, request, members);
  const deadline = deps.now() + CONFIRM_WITHIN_MS;
  const refusals = new Map<number, RpcFault>();
  let pause = CONFIRM_FIRST_MS;
  for (;;) {
    memory.see(members, inspection.looks, topology);
    const { orders, unsettled } = decide(members, inspection.looks, topology, dialect, memory);
    if (unsettled.size === 0 || deps.now() >= deadline) {
      const refused = unsettled.size === 0 ? [] : refusals;
      return buildReport(
        members,
        { ...inspection, faults: new Map([...refused, ...inspection.faults]) },
        topology,
        dialect,
      );
    }
    await act(deps, request, memory, orders, refusals);
    await sleep(pause, undefined, { signal });
    pause = Math.min(pause * 2, CONFIRM_LAST_MS);
    const asked = members.filter((member) => unsettled.has(member.ordinal));
    merge(inspection, await inspectNodes(deps, request, asked));
  }
}

/** One POST per node that has orders. What a node refuses, and why, goes to `refusals`. */
async function act(
  { rpc }: PeersDeps,
  { members, access, dialect, signal, timeoutMs }: PeersRequest,
  memory: PeeringMemory,
  orders: ReadonlyMap<number, Orders>,
  refusals: Map<number, RpcFault>,
): Promise<void> {
  await Promise.all(
    members.map(async (node) => {
      const told = orders.get(node.ordinal);
      if (told === undefined) return;
      const calls: RpcCall[] = [
        ...told.forget.map((entry) => dialect.forget(entry)),
        ...told.disconnect.flatMap((peer) => dialect.disconnect(peer)),
        ...told.keep.map((entry) => dialect.keep(entry)),
        ...told.dial.map((target) => dialect.dial(target)),
      ];
      for (const target of told.dial) memory.dialled(node, target);
      try {
        const answers = await rpc.ask(node, access, calls, {
          signal,
          ...(timeoutMs === undefined ? {} : { timeoutMs }),
        });
        const index = answers.findIndex((answer) => !answer.ok && !dialect.already(answer.code));
        const refusal = answers[index];
        if (refusal?.ok !== false) return;
        const detail = `${calls[index]?.method ?? ''}: ${refusal.message}`;
        refusals.set(node.ordinal, new RpcFault('CallFailed', node.pod, refusal.code, detail));
      } catch (error) {
        if (!(error instanceof RpcFault)) throw error;
        refusals.set(node.ordinal, error);
      }
    }),
  );
}

function merge(inspection: Inspection, newer: Inspection): void {
  for (const [ordinal, look] of newer.looks) inspection.looks.set(ordinal, look);
  for (const [ordinal, fault] of newer.faults) {
    inspection.looks.delete(ordinal);
    inspection.faults.set(ordinal, fault);
  }
  inspection.at = newer.at;
}

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
  let newest = since;
  let pause = AWAIT_FIRST_MS;
  try {
    for (;;) {
      newest = await inspectPeers(deps, request);
      const left = deadline - deps.now();
      if (differs(newest, since) || left <= 0) return newest;
      await sleep(Math.min(pause, left), undefined, { signal: request.signal });
      pause = Math.min(pause * 1.5, AWAIT_LAST_MS);
    }
  } catch (error) {
    if (request.signal?.aborted) return newest;
    throw error;
  }
}
