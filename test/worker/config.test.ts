import { expect, test } from '@jest/globals';
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
