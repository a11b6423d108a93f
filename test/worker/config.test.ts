import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../../worker/config.ts';

test('the way to the nodes is found out unless it is set', () => {
  expect(readConfig({}, []).rpcTransport).toBe('auto');
  expect(readConfig({ BTCNET_RPC_TRANSPORT: 'port-forward' }, []).rpcTransport).toBe('port-forward');
});

test('a way that there is not is refused with the name of the setting', () => {
  expect(() => readConfig({ BTCNET_RPC_TRANSPORT: 'carrier-pigeon' }, [])).toThrow(
    'BTCNET_RPC_TRANSPORT must be one of auto, direct, port-forward, not "carrier-pigeon"',
  );
});

describe('the rest of a settled network', () => {
  test.each<[string, Record<string, string>, number | undefined]>([
    ['an hour, if nothing is set', {}, 3_600_000],
    ['what is set', { BTCNET_RESYNC_REST: '5m' }, 300_000],
    ['not longer than any pause may be', { BTCNET_RESYNC_MAX: '30s' }, 30_000],
    [
      'what is set, however long other pauses may be',
      { BTCNET_RESYNC_MAX: '30s', BTCNET_RESYNC_REST: '2h' },
      7_200_000,
    ],
    ['not shorter than the shortest pause', { BTCNET_RESYNC_MIN: '2h' }, 7_200_000],
    ['like any pause where nobody watches', { BTCNET_WATCH: 'off', BTCNET_RESYNC_REST: '5m' }, undefined],
  ])('is %s', (_what, environment, restMaxMs) => {
    expect(readConfig(environment, []).resync.restMaxMs).toBe(restMaxMs);
  });

  test('that is shorter than the shortest pause is refused with the name of the setting', () => {
    expect(() => readConfig({ BTCNET_RESYNC_MIN: '5s', BTCNET_RESYNC_REST: '1s' }, [])).toThrow('BTCNET_RESYNC_REST');
  });
});

describe('the port of the probes', () => {
  test.each([
    ['none', undefined, null],
    ['none', '', null],
    ['what is set', '8080', 8080],
  ])('is %s', (_what, text, port) => {
    expect(readConfig({ BTCNET_HEALTH_PORT: text }, []).healthPort).toBe(port);
  });

  test.each(['0', '65536', '-1', 'http', '80.5'])('is not %s', (text) => {
    expect(() => readConfig({ BTCNET_HEALTH_PORT: text }, [])).toThrow(
      `BTCNET_HEALTH_PORT must be a whole number from 1 to 65535, not "${text}"`,
    );
  });
});
