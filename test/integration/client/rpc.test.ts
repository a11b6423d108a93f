import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { EXIT } from '../../../client/exit-codes.ts';
import { BtcnetClient } from '../../../client/index.ts';
import { openDirectRpc, shutDirectRpc } from '../../support/direct-rpc.ts';
import { CREDENTIALS, makeNamespace, Network, removeNamespace, runWorker } from '../../support/stack.ts';
import { btcnet } from './btcnet.ts';

jest.setTimeout(240_000);

let namespace: string;
let network: Network;

beforeAll(async () => {
  await openDirectRpc();
  await runWorker();
  namespace = await makeNamespace('rpc');
  network = new Network(namespace, 'one');
  await network.declare(2);
  await network.converged(2);
});
afterAll(async () => {
  await openDirectRpc();
  await removeNamespace(namespace);
});

const rpc = (args: string, env: Record<string, string> = {}): ReturnType<typeof btcnet> =>
  btcnet(['-n', namespace, 'rpc', ...args.split(' ')], { env });

/** A story that every way carries: calls with results of every kind, and a refusal. */
async function story(option: string, env: Record<string, string> = {}): Promise<void> {
  const call = (args: string): ReturnType<typeof btcnet> => rpc(`${args}${option}`, env);
  const tip = await network.ask(1, 'getbestblockhash');
  expect(await call('one 1 getbestblockhash')).toEqual({ code: EXIT.ok, stdout: `${tip}\n`, stderr: '' });
  expect(await call(`one one-sts-0 getblockheader ${tip}`)).toMatchObject({ code: EXIT.ok });
  const info = await call('one 0 getblockchaininfo -o json');
  expect(JSON.parse(info.stdout)).toMatchObject({ chain: 'regtest', bestblockhash: tip });
  const refused = await call('one 0 getblockhash 999999');
  expect(refused).toMatchObject({ code: EXIT.failed, stdout: '' });
  expect(refused.stderr).toMatch(/^btcnet: one-sts-0: error -\d+: /);
  expect(JSON.stringify([info, refused])).not.toContain(CREDENTIALS.password);
}

describe('a node answers the command line', () => {
  test('at its address', async () => {
    await story(' --transport direct');
  });

  test('through the API server', async () => {
    await story('', { BTCNET_RPC_TRANSPORT: 'port-forward' });
  });

  test('on whichever way works', async () => {
    await story('');
    await shutDirectRpc();
    try {
      await story('');
      const { code, stderr } = await rpc('one 0 getblockcount --transport direct');
      expect(code).toBe(EXIT.timedOut);
      expect(stderr).toContain('one-sts-0 did not answer in time');
    } finally {
      await openDirectRpc();
    }
  });
});

test('the library does the same, over one client', async () => {
  const client = new BtcnetClient({ transport: 'port-forward' });
  const mined = await client.rpc('one', { node: 0, method: 'generate', params: [2] }, { namespace });
  expect(mined).toHaveLength(2);
  const call = client.rpc('one', { node: 'one-sts-0', method: 'nonsense' }, { namespace });
  await expect(call).rejects.toMatchObject({ code: 'FAILED', rpcCode: -32601 });
  await client.close();
});

test.each([
  ['a node that there is not', 'one 7 getblockcount', '/one has no node 7; it declares 2 nodes'],
  ['a network that there is not', 'none 0 getblockcount', '/none does not exist'],
])('%s is told by its name', async (_what, args, said) => {
  const { code, stderr } = await rpc(args);
  expect(code).toBe(EXIT.notFound);
  expect(stderr).toContain(said);
});
