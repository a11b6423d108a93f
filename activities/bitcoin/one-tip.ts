/** Waiting until a block has reached every node. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PeersReport } from '../../workflows/observation.ts';
import { inspectPeers } from './inspect.ts';
import type { PeersDeps, PeersRequest } from './inspect.ts';

/** Milliseconds for a block to reach all nodes of a network: btcd passes on every 200 ms. */
const SPREAD_WITHIN_MS = 3_000;

/** Milliseconds between two looks. */
const LOOK_EVERY_MS = 200;

/** The report of the first look that finds all nodes on one tip, or of the last one when the time is over. */
export async function awaitOneTip(deps: PeersDeps, request: PeersRequest): Promise<PeersReport> {
  const deadline = deps.now() + SPREAD_WITHIN_MS;
  for (;;) {
    const report = await inspectPeers(deps, request);
    if (report.atTip === report.wanted || deps.now() >= deadline) return report;
    await sleep(LOOK_EVERY_MS, undefined, { signal: request.signal });
  }
}
