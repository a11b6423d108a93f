/** How many are told at once when a whole cluster comes into sight. */
import { describe, expect, test } from '@jest/globals';
import { ClusterView } from '../../../activities/kubernetes/cluster-view.ts';
import { NETWORKS } from '../../../activities/kubernetes/objects.ts';
import { OwnWrites } from '../../../activities/kubernetes/own-writes.ts';
import type { Named } from '../../../activities/kubernetes/roll-call.ts';
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
    running: () => Promise.resolve([]),
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
    running: () => Promise.resolve([]),
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

describe('a roll call', () => {
  const rollCall = (running: () => Promise<readonly Named[]>, scopes: readonly string[] = []) => {
    const server = new ApiServer();
    const { metadata, ...network } = aNetwork();
    const put = (name: string): void => {
      server.put(NETWORKS, said({ ...network, metadata: { ...metadata, name, uid: name } }));
    };
    const started = new Set<string>();
    const told = new Map<string, boolean>();
    const warnings: string[] = [];
    const stop = new AbortController();
    const begin = (): Promise<void> =>
      watchNetworks({
        view: new ClusterView(server, scopes),
        wake: (namespace, name, { live }) => void told.set(`${namespace}/${name}`, live),
        ensureStarted: (_namespace, name) => void started.add(name),
        running,
        heartbeat: () => undefined,
        ownWrites: new OwnWrites(),
        log: { info: () => undefined, warn: (message) => void warnings.push(message), error: () => undefined },
        signal: stop.signal,
      });
    return { put, started, told, warnings, begin, stop };
  };

  test('starts the workflows that do not run, and no other', async () => {
    const { put, started, begin, stop } = rollCall(() => Promise.resolve([{ namespace: 'default', name: 'runs' }]));
    for (const name of ['runs', 'stands']) put(name);
    const done = begin();
    await until(() => started.size > 0);
    expect([...started]).toEqual(['stands']);
    stop.abort();
    await done;
  });

  test('tells a workflow whose network went while nobody watched, but none whose namespace is not watched', async () => {
    const followed = ['default', 'elsewhere'].map((namespace) => ({ namespace, name: 'orphan' }));
    const { told, begin, stop } = rollCall(() => Promise.resolve(followed), ['default']);
    const done = begin();
    await until(() => told.size > 0);
    expect([...told]).toEqual([['default/orphan', false]]);
    stop.abort();
    await done;
  });

  test('starts whatever may not run, when Temporal lists nothing', async () => {
    const { put, started, warnings, begin, stop } = rollCall(() => Promise.reject(new Error('no visibility')));
    put('one');
    const done = begin();
    await until(() => started.size > 0);
    expect([[...started], warnings]).toEqual([['one'], ['Workflows not listed']]);
    stop.abort();
    await done;
  });
});
