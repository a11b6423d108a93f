import { expect, test } from '@jest/globals';
import { otherHoldersOfSubnet } from '../../deploy/local/host/bridge.ts';

const link = (ifname: string, ...addresses: string[]): { ifname: string; addr_info: { local: string }[] } => ({
  ifname,
  addr_info: addresses.map((local) => ({ local })),
});

test("an interface with an address of the pods' subnet is in the way, whoever has left it behind", () => {
  const links = [link('lo', '127.0.0.1'), link('cni0', '192.168.0.1', '10.244.1.1'), link('flannel.1', '10.244.0.0')];
  expect(otherHoldersOfSubnet(links)).toEqual(['cni0', 'flannel.1']);
});

test('our own bridge is not, nor is anybody with other addresses or none', () => {
  const links = [link('btcnet0', '10.244.0.1'), link('eth0', '10.245.0.1'), link('docker0', '172.17.0.1'), link('wg0')];
  expect(otherHoldersOfSubnet(links)).toEqual([]);
});
