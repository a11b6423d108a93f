import { afterAll, beforeAll, describe, jest, test } from '@jest/globals';
import { openDirectRpc, shutDirectRpc } from '../support/direct-rpc.ts';
import { BTCD, CORE } from '../support/node-software.ts';
import { btcnet, eventually, makeNamespace, Network, removeNamespace, runWorker } from '../support/stack.ts';

jest.setTimeout(300_000);

let namespace: string;

beforeAll(async () => {
  await openDirectRpc();
  namespace = await makeNamespace('reach');
});
afterAll(async () => {
  await openDirectRpc();
  await removeNamespace(namespace);
  await runWorker();
});

/** From nothing to Peered, a pod that dies, blocks, and back to nothing. */
async function live(name: string, software = BTCD): Promise<void> {
  const network = new Network(namespace, name, software);
  await network.declare(3);
  await network.converged(3);
  await network.fullMesh(3);
  await btcnet('-n', namespace, 'mine', name, '3');
  await network.sameTip(3, 3);
  await network.kubectl('delete', 'pod', `${name}-sts-1`, '--wait=true');
  await network.fullMesh(3);
  await network.converged(3);
  await network.sameTip(3, 3);
  await network.delete();
  await eventually('nothing is left', async () => (await network.remains()).length === 0);
  await eventually('the workflow has completed', async () => (await network.workflowStatus()) === 'COMPLETED');
}

describe('the worker carries a network', () => {
  test('through the API server when it is told to, though no address can be reached', async () => {
    await runWorker({ BTCNET_RPC_TRANSPORT: 'port-forward' });
    await shutDirectRpc();
    try {
      await live('forwarded');
    } finally {
      await openDirectRpc();
    }
  });

  test('when it finds out by itself that no address can be reached', async () => {
    await runWorker({ BTCNET_RPC_TRANSPORT: 'auto' });
    await shutDirectRpc();
    try {
      await live('found-out');
    } finally {
      await openDirectRpc();
    }
  });

  test('when the addresses cannot be reached any more in the middle of its life', async () => {
    await runWorker({ BTCNET_RPC_TRANSPORT: 'auto' });
    const network = new Network(namespace, 'moving');
    await network.declare(2);
    await network.converged(2);
    await shutDirectRpc();
    try {
      await network.scale(3);
      await network.converged(3);
      await network.fullMesh(3);
    } finally {
      await openDirectRpc();
    }
    await network.scale(2);
    await network.converged(2);
    await network.delete();
  });

  test('of nodes without certificates through the API server', async () => {
    await runWorker({ ...(await CORE.workerSettings()), BTCNET_RPC_TRANSPORT: 'port-forward' });
    await live('core', CORE);
  });

  test('at the addresses of its pods when it is told to', async () => {
    await runWorker({ BTCNET_RPC_TRANSPORT: 'direct' });
    await live('direct');
  });
});
