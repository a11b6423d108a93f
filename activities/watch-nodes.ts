/** The long activity behind `watchNodes`: asks the nodes of its part of the networks, for an hour. */
import type { NodeWatchShard } from '../workflows/activities.ts';
import type { BitcoinNetwork } from '../workflows/facts.ts';
import { shardOf, untilLookMs } from '../workflows/node-watch.ts';
import type { Dependencies } from './dependencies.ts';
import { requireCluster } from './kubernetes/cluster-identity.ts';
import type { Follower } from './kubernetes/feed.ts';
import { pause } from './kubernetes/follow.ts';
import { keyOf, NodeMemory, type OwnedPod } from './kubernetes/node-memory.ts';
import { implementationOf } from './kubernetes/node-defaults.ts';
import { NETWORKS, PODS, type Live } from './kubernetes/objects.ts';
import { SecretRounds } from './kubernetes/secret-rounds.ts';
import type { SeenNetwork, SeenPod } from './kubernetes/seen.ts';
import { TroubleLog } from './kubernetes/trouble-log.ts';
import { LookPace } from './look-pace.ts';
import { NodeRounds, type RoundDeps } from './node-rounds.ts';
import { HOLD_MS } from './watch-cluster.ts';

/** Milliseconds before the networks are divided anew: workers of two opinions, while one replaces the other, do not take turns faster. */
const HANDOVER_MS = 5_000;

/**
 * Returns after an hour, or soon when this worker is told to divide the networks otherwise.
 *
 * @throws StepError `ForeignCluster` when this worker's cluster is not the one that the workflow is about
 */
export async function watchNodes(
  dependencies: Dependencies,
  { cluster, shard, shards }: NodeWatchShard,
  signal: AbortSignal,
): Promise<{ shards: number; message: string }> {
  const { nodeWatches, stopping, view } = dependencies;
  await requireCluster(dependencies.cluster, cluster, { scopes: view.scopes, signal });
  const until = AbortSignal.any([signal, stopping, AbortSignal.timeout(HOLD_MS)]);
  if (nodeWatches !== shards) {
    await pause(HANDOVER_MS, until);
    return { shards: nodeWatches, message: `The networks are divided among ${nodeWatches} node watches now.` };
  }
  const isOwn = (namespace: string, name: string): boolean => shardOf(keyOf(namespace, name), shards) === shard;
  await keepAsking(dependencies, { isOwn, signal: until });
  const message = stopping.aborted ? 'The worker stops; another one goes on.' : 'The nodes were asked for an hour.';
  return { shards, message };
}

export interface AskingRequest {
  /** Whether this network is among those to ask. */
  isOwn: (namespace: string, name: string) => boolean;
  signal: AbortSignal;
}

/** Resolves when the signal is aborted; nothing else ends it. No network waits for another. */
export async function keepAsking(deps: RoundDeps, { isOwn, signal }: AskingRequest): Promise<void> {
  const memory = new NodeMemory();
  const troubles = new TroubleLog(deps.log);
  const asked = new Map<string, Promise<void>>();
  const pace = new LookPace();

  const isOver = (): boolean => signal.aborted;
  const goRounds = async (key: string): Promise<void> => {
    const rounds = new NodeRounds(deps, memory, key, signal);
    const secrets = new SecretRounds(deps);
    const lookAtSecrets = async (seen: BitcoinNetwork | null): Promise<void> => {
      if (seen === null) return;
      const why = await secrets.look(seen, { signal });
      if (why === null) return;
      const { namespace, name } = seen.metadata;
      await deps.signals.wake(namespace, name, { live: true, why });
      deps.log.info('Network woken by its Secrets', { network: key, why });
    };
    for (let network = memory.network(key); network !== null && !isOver(); network = memory.network(key)) {
      const implementation = implementationOf(network.spec, deps.defaults);
      const intervalMs = pace.intervalMs(key, network, implementation, rounds.unchangedMs);
      await pause(untilLookMs(deps.now(), intervalMs, key), signal);
      try {
        if (!isOver()) await rounds.look();
        if (!isOver()) await lookAtSecrets(memory.network(key));
      } catch (error) {
        if (!isOver()) troubles.note('Nodes not looked after', 'Nodes', error);
      }
    }
    asked.delete(key);
    pace.forget(key);
  };
  const begin = ({ metadata }: Live): void => {
    const key = keyOf(metadata.namespace, metadata.name);
    if (!asked.has(key)) asked.set(key, goRounds(key));
  };
  const isThere = <T>(one: T | null): one is T => one !== null;
  const noted = (kind: string) => (error: unknown) => {
    troubles.note('Watch interrupted', kind, error);
  };

  const networks: Follower<SeenNetwork> = {
    onList: (scope, listed) => {
      const own = listed.filter(({ namespace, name }) => isOwn(namespace, name)).map(({ lean }) => lean);
      memory.networksListed(scope, own);
      own.forEach(begin);
    },
    onChange: (change, { namespace, name, lean: network }) => {
      if (!isOwn(namespace, name)) return;
      if (change === 'deleted') memory.networkDeleted(network);
      else {
        memory.networkChanged(network);
        begin(network);
      }
    },
    onTrouble: noted(NETWORKS.kind),
  };
  const isOwnPod = ({ namespace, network }: OwnedPod): boolean => isOwn(namespace, network);
  const pods: Follower<SeenPod> = {
    onList: (scope, listed) => {
      memory.podsListed(
        scope,
        listed
          .map(({ owned }) => owned)
          .filter(isThere)
          .filter(isOwnPod),
      );
    },
    onChange: (change, { owned }) => {
      if (owned === null || !isOwnPod(owned)) return;
      if (change === 'deleted') memory.podDeleted(owned);
      else memory.podChanged(owned);
    },
    onTrouble: noted(PODS.kind),
  };
  await deps.view.follow({ networks, pods }, { signal });
  await Promise.all(asked.values());
}
