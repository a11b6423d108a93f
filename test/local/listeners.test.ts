import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, expect, test } from '@jest/globals';
import { refuseTakenPorts } from '../../deploy/local/daemons/daemon.ts';
import { findListeners, isTakenBy, parseListeners } from '../../deploy/local/processes/listeners.ts';

const HEADER = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const row = (local: string, state: string, inode: number): string =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 2 0000 100 0 0 10 0\n`;

const servers: Server[] = [];
async function listen(address: string): Promise<number> {
  const server = createServer().listen(0, address);
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
afterAll(() => {
  for (const server of servers) server.close();
});

test('a socket that listens is read with its address', () => {
  expect(parseListeners(HEADER + row('0100007F:094B', '0A', 77) + row('0100F40A:0035', '0A', 78))).toEqual([
    { port: 2379, address: '127.0.0.1', inode: '77' },
    { port: 53, address: '10.244.0.1', inode: '78' },
  ]);
});

test.each([
  ['00000000', '*'],
  ['0'.repeat(32), '*'],
  ['0000000000000000FFFF00000100007F', '127.0.0.1'],
  ['00000000000000000000000001000000', '00000000000000000000000001000000'],
])('the address %s is %s', (written, address) => {
  expect(parseListeners(HEADER + row(`${written}:1F90`, '0A', 1))).toEqual([{ port: 8080, address, inode: '1' }]);
});

test.each(['01', '06', '08'])('a connection in the state %s is no listener', (state) => {
  expect(parseListeners(HEADER + row('0100007F:094B', state, 77))).toEqual([]);
});

test.each(['', HEADER, 'nonsense\n\n'])('the table %j has no listeners', (table) => {
  expect(parseListeners(table)).toEqual([]);
});

test.each([
  [{ port: 53 }, { port: 53, address: '10.0.0.1' }, true],
  [{ port: 53 }, { port: 54, address: '*' }, false],
  [{ port: 53, address: '10.244.0.1' }, { port: 53, address: '127.0.0.53' }, false],
  [{ port: 53, address: '10.244.0.1' }, { port: 53, address: '10.244.0.1' }, true],
  [{ port: 53, address: '10.244.0.1' }, { port: 53, address: '*' }, true],
])('whoever wants %j and finds %j: taken is %j', (wanted, socket, isTaken) => {
  expect(isTakenBy(wanted, socket)).toBe(isTaken);
});

test.each(['127.0.0.1', '0.0.0.0'])('the process that listens at %s is found', async (address) => {
  const port = await listen(address);
  expect(findListeners([{ port, address: '127.0.0.1' }])).toMatchObject([{ port, pid: process.pid }]);
});

test('whoever listens at another address is not in the way', async () => {
  const port = await listen('127.0.0.2');
  expect(findListeners([{ port, address: '127.0.0.1' }])).toEqual([]);
  expect(findListeners([{ port }])).toHaveLength(1);
});

test('a taken port is refused with its owner, the process and its program, and with what to do', async () => {
  const port = await listen('127.0.0.1');
  const refuse = (): void => {
    refuseTakenPorts([{ name: 'etcd', endpoints: [{ port }] }]);
  };
  expect(refuse).toThrow(`Port ${port}, which etcd needs, is taken by process ${process.pid} (`);
  expect(refuse).toThrow(/node/);
  expect(refuse).toThrow(/KUBECONFIG and TEMPORAL_ADDRESS/);
});

test('all ports that are taken are named at once', async () => {
  const [first, second] = [await listen('127.0.0.1'), await listen('127.0.0.1')];
  const refuse = (): void => {
    refuseTakenPorts([
      { name: 'etcd', endpoints: [{ port: first }] },
      { name: 'temporal', endpoints: [{ port: second }] },
    ]);
  };
  expect(refuse).toThrow(`Port ${first}, which etcd needs`);
  expect(refuse).toThrow(`Port ${second}, which temporal needs`);
});

test('a port that a process of the stack holds is not refused', async () => {
  const port = await listen('127.0.0.1');
  const daemons = [{ name: 'etcd', endpoints: [{ port }] }];
  expect(() => {
    refuseTakenPorts(daemons, new Set([process.pid]));
  }).not.toThrow();
  expect(() => {
    refuseTakenPorts(daemons, new Set([process.pid + 1]));
  }).toThrow();
});
