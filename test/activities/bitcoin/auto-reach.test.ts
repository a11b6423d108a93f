import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { AutoReach } from '../../../activities/bitcoin/auto-reach.ts';
import type { Way } from '../../../activities/bitcoin/auto-reach.ts';
import type { NodeEndpoint } from '../../../activities/bitcoin/endpoint.ts';
import { DirectReach, ReachError } from '../../../activities/bitcoin/reach.ts';
import type { Reach, Target } from '../../../activities/bitcoin/reach.ts';
import { RpcClient } from '../../../activities/bitcoin/rpc.ts';
import { CoreCluster } from '../../support/stub-core-cast.ts';
import { member } from './world.ts';

/** A way that works or does not, as the test says, and counts how often it is gone. */
class FakeWay implements Reach {
  works: boolean;
  trials = 0;
  /** Trials are held up until this is resolved. */
  held: Promise<unknown> = Promise.resolve();
  readonly #error: Error;

  constructor(works: boolean, error: Error) {
    this.works = works;
    this.#error = error;
  }

  async connect(): Promise<Duplex> {
    this.trials += 1;
    await this.held;
    if (!this.works) throw this.#error;
    return new Duplex();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const target = (ordinal = 0): Target => ({ node: member(ordinal), ca: 'a certificate authority' });

describe('which way', () => {
  const noRoute = Object.assign(new Error('no route'), { code: 'EHOSTUNREACH' });
  const refused = new ReachError('Refused');
  let direct: FakeWay;
  let forward: FakeWay;
  let ways: Way[];
  let time: number;
  let reach: AutoReach;
  beforeEach(() => {
    direct = new FakeWay(true, noRoute);
    forward = new FakeWay(true, refused);
    ways = [];
    time = 1_000_000;
    reach = new AutoReach({ direct, forward, now: () => time, onWay: (way) => ways.push(way) });
  });

  test('where addresses can be reached nothing goes through the API server', async () => {
    await Promise.all([0, 1, 2].map((ordinal) => reach.connect(target(ordinal))));
    await reach.connect(target());
    expect([direct.trials, forward.trials, ways]).toEqual([4, 0, ['direct']]);
  });

  test('where they cannot, the first call goes through the API server, and the others do not try the addresses', async () => {
    direct.works = false;
    await reach.connect(target());
    await reach.connect(target(1));
    expect([direct.trials, forward.trials, ways]).toEqual([1, 2, ['port-forward']]);
  });

  test('calls at the same time share one trial', async () => {
    direct.works = false;
    await Promise.all(Array.from({ length: 20 }, (_, ordinal) => reach.connect(target(ordinal))));
    expect([direct.trials, forward.trials]).toEqual([1, 20]);
  });

  test('a node that answers on neither way decides nothing, and the others find the way', async () => {
    direct.works = false;
    forward.works = false;
    await expect(reach.connect(target())).rejects.toBe(refused);
    forward.works = true;
    await reach.connect(target(1));
    expect(ways).toEqual(['port-forward']);
  });

  test('a node that is away does not change the way of the others, and its address says why', async () => {
    await reach.connect(target());
    direct.works = false;
    forward.works = false;
    await expect(reach.connect(target(1))).rejects.toBe(noRoute);
    expect(ways).toEqual(['direct']);
  });

  test('addresses that cannot be reached any more are noticed by the next call', async () => {
    await reach.connect(target());
    direct.works = false;
    await reach.connect(target());
    expect(ways).toEqual(['direct', 'port-forward']);
  });

  test('addresses are tried again after a while, and nobody waits for that', async () => {
    direct.works = false;
    await reach.connect(target());
    time += 29_000;
    await reach.connect(target());
    expect(direct.trials).toBe(1);
    const release = Promise.withResolvers<undefined>();
    direct.held = release.promise;
    direct.works = true;
    time += 2_000;
    await reach.connect(target());
    expect([direct.trials, ways]).toEqual([2, ['port-forward']]);
    release.resolve(undefined);
    await new Promise((resolve) => setImmediate(resolve));
    await reach.connect(target());
    expect([ways, forward.trials]).toEqual([['port-forward', 'direct'], 3]);
  });
});

describe('a node that speaks plain HTTP', () => {
  const cluster = new CoreCluster();
  /** What somebody at an address of another network was sent. */
  const overheard: { path: string | undefined; authorization: string | undefined }[] = [];
  let answer = { status: 200, body: '{"chain":"main"}' };
  const stranger = createServer((request, response) => {
    overheard.push({ path: request.url, authorization: request.headers.authorization });
    response.writeHead(answer.status).end(answer.body);
  });
  const direct = new DirectReach(500);
  afterAll(async () => {
    await cluster.stop();
    await new Promise((resolve) => {
      stranger.close(resolve);
      stranger.closeAllConnections();
    });
  });

  /** A client in a network where the node's address is the stranger's, and the API server leads to the node. */
  async function abroad(name: string): Promise<{ ask: (at: Partial<NodeEndpoint>) => Promise<unknown>; ways: Way[] }> {
    if (!stranger.listening) await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const cast = await cluster.network(name, 1, '28');
    const node = cast.endpoint(0);
    const forward: Reach = {
      connect: () => direct.connect({ node, ca: null }),
      close: () => Promise.resolve(),
    };
    const ways: Way[] = [];
    const rpc = new RpcClient(new AutoReach({ direct, forward, now: Date.now, onWay: (way) => ways.push(way) }));
    const ask = async (at: Partial<NodeEndpoint>): Promise<unknown> => {
      try {
        return await rpc.ask({ ...node, ...at }, cast.access, [{ method: 'getblockcount', params: [] }]);
      } finally {
        await rpc.close();
      }
    };
    return { ask, ways };
  }
  const there = (): Partial<NodeEndpoint> => ({
    address: '127.0.0.1',
    port: (stranger.address() as AddressInfo).port,
  });

  test.each([
    ['a node of another chain', 200, '{"chain":"main"}'],
    ['a web server', 200, '<html></html>'],
    ['one that wants a password', 401, ''],
  ])('sends no credentials to %s, and is asked through the API server', async (who, status, body) => {
    const { ask, ways } = await abroad(who.replaceAll(' ', '-'));
    answer = { status, body };
    overheard.length = 0;
    expect(await ask(there())).toEqual([{ ok: true, result: 0 }]);
    expect(overheard).toEqual([{ path: '/rest/chaininfo.json', authorization: undefined }]);
    expect(ways).toEqual(['port-forward']);
  });

  test('is asked at its address when it has shown there what it is', async () => {
    const { ask, ways } = await abroad('itself');
    overheard.length = 0;
    expect(await ask({})).toEqual([{ ok: true, result: 0 }]);
    expect([overheard, ways]).toEqual([[], ['direct']]);
  });
});
