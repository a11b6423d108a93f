/** How many are told at once when a whole cluster comes into sight. */
import { expect, test } from '@jest/globals';
import { ClusterView } from '../../../activities/kubernetes/cluster-view.ts';
import { NETWORKS } from '../../../activities/kubernetes/objects.ts';
import { OwnWrites } from '../../../activities/kubernetes/own-writes.ts';
import { watchNetworks } from '../../../activities/kubernetes/watch.ts';
import { aNetwork } from '../../support/facts.ts';
import { ApiServer } from './api-server.ts';
import { until } from './followed-network.ts';

const COUNT = 100;

test('all networks are woken and started, twenty at a time, and a sweep waits for the one before', async () => {
  const server = new ApiServer();
  const { metadata, ...network } = aNetwork();
  for (let number = 0; number < COUNT; number += 1) {
    const name = `network-${String(number)}`;
    server.put(NETWORKS, { ...network, metadata: { ...metadata, name, uid: name } });
  }
  const woken = new Set<string>();
  const started: string[] = [];
  const busy = { wake: 0, start: 0 };
  const most = { wake: 0, start: 0 };
  const held = async (what: 'wake' | 'start'): Promise<void> => {
    busy[what] += 1;
    most[what] = Math.max(most[what], busy[what]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    busy[what] -= 1;
  };
  const stop = new AbortController();
  const done = watchNetworks({
    view: new ClusterView(server),
    wake: async (_namespace, name) => {
      woken.add(name);
      await held('wake');
    },
    ensureStarted: async (_namespace, name) => {
      started.push(name);
      await held('start');
    },
    heartbeat: () => undefined,
    ownWrites: new OwnWrites(),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    signal: stop.signal,
    sweepMs: 5,
  });
  await until(() => woken.size === COUNT && started.length > COUNT);
  stop.abort();
  await done;
  expect(new Set(started.slice(0, COUNT)).size).toBe(COUNT);
  expect(most).toEqual({ wake: 20, start: 20 });
});
