/** How many are told at once when a whole cluster comes into sight. */
import { expect, test } from '@jest/globals';
import { ClusterView } from '../../../activities/kubernetes/cluster-view.ts';
import { NETWORKS } from '../../../activities/kubernetes/objects.ts';
import { OwnWrites } from '../../../activities/kubernetes/own-writes.ts';
import { watchNetworks } from '../../../activities/kubernetes/watch.ts';
import type { BitcoinNetwork } from '../../../workflows/facts.ts';
import { aNetwork } from '../../support/facts.ts';
import { ApiServer } from './api-server.ts';
import { until } from './followed-network.ts';

const COUNT = 100;

/** Networks in sight, all at once. @param change what they are like */
function putNetworks(server: ApiServer, change: (network: BitcoinNetwork) => BitcoinNetwork): string[] {
  const { metadata, ...network } = aNetwork();
  return Array.from({ length: COUNT }, (_, number) => {
    const name = `network-${String(number)}`;
    server.put(NETWORKS, change({ ...network, metadata: { ...metadata, name, uid: name } }));
    return name;
  });
}

const said = (network: BitcoinNetwork): BitcoinNetwork => ({ ...network, status: { observedGeneration: 0 } });

test('all networks are woken and started, twenty at a time, and a sweep waits for the one before', async () => {
  const server = new ApiServer();
  putNetworks(server, said);
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

test('new networks are begun a few at a time, each when another one has said something; what is woken besides waits for none of them', async () => {
  const server = new ApiServer();
  const names = putNetworks(server, (network) => network);
  const woken: string[] = [];
  const stop = new AbortController();
  const done = watchNetworks({
    view: new ClusterView(server),
    wake: (_namespace, name) => void woken.push(name),
    ensureStarted: () => {
      throw new Error('a new network is started by its wake');
    },
    heartbeat: () => undefined,
    ownWrites: new OwnWrites(),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    signal: stop.signal,
  });
  await until(() => woken.length > 0);
  const first = woken.length;
  expect(first).toBeLessThan(COUNT / 2);

  const { metadata, ...network } = aNetwork();
  const old = { ...metadata, name: 'old', uid: 'old' };
  server.put(NETWORKS, said({ ...network, metadata: old }));
  await until(() => woken.includes('old'));
  expect(woken).toHaveLength(first + 1);

  for (const name of names) {
    await until(() => woken.includes(name));
    server.put(NETWORKS, said({ ...network, metadata: { ...metadata, name, uid: name } }));
  }
  expect(new Set(woken).size).toBe(COUNT + 1);
  stop.abort();
  await done;
});
