import { expect, test } from '@jest/globals';
import { shimSocketOf } from '../../deploy/local/host/containers.ts';

test("a shim's socket is where its bootstrap.json says, if that is a place for such sockets", () => {
  const bootstrap = (address: string): string => JSON.stringify({ version: 3, address, protocol: 'ttrpc' });
  expect(shimSocketOf(bootstrap('unix:///run/containerd/s/9912250a'))).toBe('/run/containerd/s/9912250a');
  expect(shimSocketOf(bootstrap('unix:///etc/passwd'))).toBeUndefined();
  expect(shimSocketOf(bootstrap('vsock://2:1024'))).toBeUndefined();
  expect(shimSocketOf('{"version":3}')).toBeUndefined();
  expect(shimSocketOf('{"version"')).toBeUndefined();
});
