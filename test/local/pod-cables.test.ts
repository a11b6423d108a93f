import { expect, test } from '@jest/globals';
import { cablesOf } from '../../deploy/local/host/pod-cables.ts';

const result = (...interfaces: object[]): string => JSON.stringify({ kind: 'cniCacheV1', result: { interfaces } });

test("a pod's cable is known by the machine's end: neither the bridge that it hangs on nor the end inside the pod", () => {
  const text = result(
    { name: 'btcnet0', mac: '12:00:00:00:00:01' },
    { name: 'veth4a391839', mac: '16:00:00:00:00:02' },
    { name: 'eth0', mac: 'e6:00:00:00:00:03', sandbox: '/run/netns/pod' },
  );
  expect(cablesOf(text)).toEqual([{ name: 'veth4a391839', mac: '16:00:00:00:00:02' }]);
});

test('a result without interfaces, or half of one, names no cable', () => {
  expect(cablesOf('{}')).toEqual([]);
  expect(cablesOf(result().slice(0, -3))).toEqual([]);
  expect(cablesOf('')).toEqual([]);
});
