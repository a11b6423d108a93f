import { beforeEach, expect, test } from '@jest/globals';
import { RpcFault } from '../../activities/bitcoin/rpc-fault.ts';
import { EXIT } from '../../client/exit-codes.ts';
import { NodeError, nodeUnreachable } from '../../client/node-error.ts';
import { btcnet, FakeConnections } from './fake-cluster.ts';

let connections: FakeConnections;
beforeEach(() => {
  connections = new FakeConnections();
  connections.fakeStore.put('one', { nodes: 2 });
});

const call = (args: string): ReturnType<typeof btcnet> => btcnet(connections, `rpc ${args}`);

test.each(['1', 'one-sts-1'])('the node %s is asked what was typed', async (node) => {
  expect((await call(`one ${node} getblock 00ff 2`)).code).toBe(EXIT.ok);
  expect(connections.fakeNodes.calls).toEqual([
    { network: 'one', ordinal: 1, call: { method: 'getblock', params: ['00ff', 2] } },
  ]);
  expect([...connections.opened]).toEqual(['kubernetes', 'nodes']);
});

test('parameters may begin with a dash', async () => {
  await call('one 0 getblockhash -- -1');
  expect(connections.fakeNodes.calls[0]?.call.params).toEqual([-1]);
});

test.each<[unknown, string]>([
  ['00ff', '00ff\n'],
  [7, '7\n'],
  [null, ''],
  [{ chain: 'regtest' }, '{\n  "chain": "regtest"\n}\n'],
])('%j is printed as bitcoin-cli prints it', async (result, printed) => {
  connections.fakeNodes.answer = () => result;
  expect(await call('one 0 x')).toEqual({ code: EXIT.ok, out: printed, err: '' });
});

test('programs get JSON or YAML whatever the result is', async () => {
  connections.fakeNodes.answer = () => 'text';
  expect((await call('one 0 x -o json')).out).toBe('"text"\n');
  expect((await call('one 0 x -o yaml')).out).toBe('text\n');
});

test('a refusal of the node shows its code and message', async () => {
  connections.fakeNodes.answer = () => {
    throw new NodeError('one-sts-0', -8, 'Block height out of range');
  };
  expect(await call('one 0 getblockhash 9')).toEqual({
    code: EXIT.failed,
    out: '',
    err: 'btcnet: one-sts-0: error -8: Block height out of range\n',
  });
});

test.each([
  ['Forbidden', EXIT.refused],
  ['Unauthorized', EXIT.refused],
  ['Refused', EXIT.unreachable],
  ['TimedOut', EXIT.timedOut],
] as const)('a node that cannot be asked (%s) ends with exit code %i', async (reason, code) => {
  connections.fakeNodes.answer = () => {
    throw nodeUnreachable(new RpcFault(reason, 'one-sts-0'));
  };
  expect((await call('one 0 x')).code).toBe(code);
});

test('what is no node of the network is refused before anything is asked', async () => {
  const { code, err } = await call('one other-sts-0 x');
  expect(code).toBe(EXIT.notFound);
  expect(err).toContain('other-sts-0 is no node of default/one');
  expect(connections.opened.size).toBe(0);
});

test('a way that there is not is a mistake in the command line', async () => {
  const { code, err } = await call('one 0 x --transport pigeon');
  expect(code).toBe(EXIT.usage);
  expect(err).toContain('auto, direct, port-forward');
});
