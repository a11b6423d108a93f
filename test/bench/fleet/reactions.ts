/** How soon a change of a network is acted on. */
import { create, overwrite, STATEFUL_SETS } from '../../../activities/kubernetes/objects.ts';
import { statefulSetName } from '../../../workflows/names.ts';
import { NAMESPACE } from '../peering/networks.ts';
import { type Fleet, scale, untilPeered } from './fleet.ts';
import { MARK, SetSight } from './set-sight.ts';

/** A StatefulSet without pods that belongs to nobody: what is written to it shows how long a write and its watch event take. */
const FLOOR = 'floor';
const FLOOR_COUNT = 20;

/** A prime, so that neighbours in the list are not changed one after the other. */
const STRIDE = 7_919;

export interface Reactions {
  /** Seconds from a change of a network to the event that shows its StatefulSet changed. */
  seconds: number[];
  /** Seconds for two writes one after the other, each shown by a watch: what nobody can be faster than. */
  floor: number[];
}

/**
 * Gives one network after another one node more, each when the one before is at rest again; goes through them as often as needed.
 *
 * @param networks with their numbers of nodes, which are kept up to date
 */
export async function measureReactions(
  fleet: Fleet,
  networks: { name: string; nodes: number }[],
  count: number,
): Promise<Reactions> {
  const sets = new SetSight(fleet);
  const seconds: number[] = [];
  try {
    const floor = await measureFloor(fleet, sets, Math.min(count, FLOOR_COUNT));
    for (let index = 0; index < count; index += 1) {
      const network = networks[(index * STRIDE) % networks.length];
      if (network === undefined) break;
      const set = statefulSetName(network.name);
      await sets.until(set, { replicas: network.nodes });
      network.nodes += 1;
      const startedMs = performance.now();
      await scale(fleet, network.name, network.nodes);
      seconds.push(((await sets.until(set, { replicas: network.nodes })) - startedMs) / 1000);
      await untilPeered(fleet, [network]);
    }
    return { seconds, floor };
  } finally {
    sets.stop();
  }
}

async function measureFloor({ api }: Fleet, sets: SetSight, count: number): Promise<number[]> {
  const labels = { app: FLOOR };
  const container = { name: FLOOR, image: FLOOR };
  const spec = {
    ...{ replicas: 0, serviceName: FLOOR, selector: { matchLabels: labels } },
    template: { metadata: { labels }, spec: { containers: [container] } },
  };
  const live = await create(api, STATEFUL_SETS, { metadata: { namespace: NAMESPACE, name: FLOOR }, ...{ spec } });
  const write = async (mark: string): Promise<void> => {
    const { namespace, name, uid } = live.metadata;
    await overwrite(api, STATEFUL_SETS, { metadata: { annotations: { [MARK]: mark } } }, {
      metadata: { namespace, name, uid },
    } as typeof live);
    await sets.until(FLOOR, { mark });
  };
  const seconds: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const startedMs = performance.now();
    await write(`${index}a`);
    await write(`${index}b`);
    seconds.push((performance.now() - startedMs) / 1000);
  }
  return seconds;
}
