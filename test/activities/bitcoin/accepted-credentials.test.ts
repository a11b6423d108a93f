import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inspect } from 'node:util';
import { NetworkAccess } from '../../../activities/bitcoin/endpoint.ts';
import { RpcClient } from '../../../activities/bitcoin/rpc.ts';
import type { RpcCall } from '../../../activities/bitcoin/rpc.ts';
import { StubCast } from '../../support/stub-node-cast.ts';

const HEIGHT: RpcCall = { method: 'getblockcount', params: [] };

let cast: StubCast;
beforeAll(async () => {
  cast = await StubCast.start(2);
});
afterAll(async () => {
  await cast.stop();
});

describe('while nodes are replaced one after the other', () => {
  const changed = (earlier: { user: string; password: string }[]) =>
    new NetworkAccess({
      networkUid: 'uid-of-stubs',
      user: 'user',
      password: 'not-yet',
      ca: cast.certificate.ca,
      earlier,
    });
  const OLD = { user: 'user', password: 'password' };
  const OLDER = { user: 'user', password: 'long-ago' };
  const height = [{ ok: true, result: 0 }];

  test('a node that still runs with earlier credentials is asked with those, and from then on with those first', async () => {
    const client = new RpcClient();
    const access = changed([OLDER, OLD]);
    const connections = async (): Promise<number> => {
      const before = cast.node(1).connections;
      expect(await client.ask(cast.endpoint(1), access, [HEIGHT])).toEqual(height);
      return cast.node(1).connections - before;
    };
    expect(await connections()).toBe(3);
    expect(await connections()).toBe(1);
    await client.close();
  });

  test('a container that has restarted is asked with the present ones first: it may have read them', async () => {
    const client = new RpcClient();
    const access = changed([OLD]);
    await client.ask(cast.endpoint(1), access, [HEIGHT]);
    const before = cast.node(1).connections;
    await client.ask(cast.endpoint(1, { startedAt: '2026-01-02T00:00:00Z' }), access, [HEIGHT]);
    expect(cast.node(1).connections - before).toBe(2);
    await client.close();
  });

  test('a node that takes none of them is at fault, and nothing else is tried again', async () => {
    const client = new RpcClient();
    await expect(client.ask(cast.endpoint(1), changed([OLDER]), [HEIGHT])).rejects.toMatchObject({
      reason: 'Unauthorized',
    });
    cast.node(1).sabotage = () => 'close';
    const before = cast.node(1).connections;
    await expect(client.ask(cast.endpoint(1), changed([OLD, OLDER]), [HEIGHT])).rejects.toMatchObject({
      reason: 'Closed',
    });
    expect(cast.node(1).connections - before).toBe(2);
    cast.node(1).sabotage = () => null;
    await client.close();
  });

  test('the earlier credentials are shown as little as the present ones', () => {
    const access = changed([{ user: 'alice', password: 'hunter2' }]);
    const basicOfEarlier = Buffer.from('alice:hunter2').toString('base64');
    for (const one of access.alternatives()) {
      for (const text of [JSON.stringify({ one }), inspect(one, { depth: null, showHidden: true }), String(one)]) {
        expect(text).not.toMatch(/hunter2|not-yet/);
        expect(text).not.toContain(basicOfEarlier);
      }
      expect(one.redact(`not-yet, ${basicOfEarlier} or hunter2?`)).toBe('[hidden], [hidden] or [hidden]?');
    }
  });
});
