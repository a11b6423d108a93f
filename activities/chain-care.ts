/** What keeps a chain alive that nobody uses: a block now and then, and new connections for nodes that stay behind. */
import type { NetworkRef, PeersReport } from '../workflows/observation.ts';
import { surveyPeers, type PeersRequest } from './bitcoin/inspect.ts';
import { cutLaggards } from './bitcoin/laggards.ts';
import { mineBlocks } from './bitcoin/mining.ts';
import { awaitOneTip } from './bitcoin/one-tip.ts';
import { tipTime } from './bitcoin/tip-time.ts';
import type { Dependencies } from './dependencies.ts';
import { about, recordEvent } from './kubernetes/events.ts';
import { readNodes } from './kubernetes/node-source.ts';
import { requestOf, type Options } from './peering.ts';

/** Nodes that an event names. */
const NAMED = 5;

/**
 * Mines one block if the newest is old. Looks itself, so that trying again mines no second one.
 *
 * @returns what the nodes say afterwards; null: there are none
 * @throws RpcFault when the node refuses
 */
export async function refreshTip(
  dependencies: Dependencies,
  network: NetworkRef,
  options: Options,
): Promise<PeersReport | null> {
  const request = await requestFor(dependencies, network, options);
  if (request === null) return null;
  const { report, looks } = await surveyPeers(dependencies, request);
  const ageMs = dependencies.now() - Date.parse((await tipTime(dependencies, request, report)) ?? '');
  const isOld = dependencies.tipMaxAgeMs !== null && ageMs >= dependencies.tipMaxAgeMs;
  const miner = isOld ? request.members.find(({ ordinal }) => looks.get(ordinal)?.tip === report.tip) : undefined;
  if (miner === undefined) return report;
  const { access, dialect } = request;
  const { height } = await mineBlocks(dependencies, { node: miner, access, dialect, blocks: 1, ...options });
  dependencies.log.info('Tip refreshed', { ...about(network), height, node: miner.ordinal });
  const age = `${Math.floor(ageMs / 3_600_000)} hours`;
  const message = `The newest block was ${age} old, so block ${height} was mined on node ${miner.ordinal}: after a day without one nodes would not give the chain to new nodes.`;
  await recordEvent(dependencies, network, { type: 'Normal', reason: 'TipRefreshed', message }, options);
  const after = await awaitOneTip(dependencies, request);
  return after.atTip === after.wanted ? after : reconnect(dependencies, network, request);
}

/**
 * Connects nodes anew that are connected as they should be and yet stay behind.
 *
 * @returns what the nodes say afterwards; null: there are none
 */
export async function reconnectLaggards(
  dependencies: Dependencies,
  network: NetworkRef,
  options: Options,
): Promise<PeersReport | null> {
  const request = await requestFor(dependencies, network, options);
  return request === null ? null : reconnect(dependencies, network, request);
}

async function reconnect(dependencies: Dependencies, network: NetworkRef, request: PeersRequest): Promise<PeersReport> {
  const stuck = await cutLaggards(dependencies, request);
  if (stuck.length > 0) {
    const which = stuck.slice(0, NAMED).join(', ') + (stuck.length > NAMED ? ', …' : '');
    dependencies.log.info('Laggards reconnected', { ...about(network), nodes: stuck.length });
    const message = `Nodes that stayed behind (${which}) are connected anew.`;
    await recordEvent(
      dependencies,
      network,
      { type: 'Normal', reason: 'Reconnected', message },
      { signal: request.signal },
    );
    await dependencies.peerSync.syncPeers(request);
  }
  return awaitOneTip(dependencies, request);
}

async function requestFor(
  { cluster, defaults }: Dependencies,
  network: NetworkRef,
  options: Options,
): Promise<PeersRequest | null> {
  const nodes = await readNodes(cluster, network, defaults, options);
  return nodes.members.length === 0 ? null : requestOf(nodes, options);
}
