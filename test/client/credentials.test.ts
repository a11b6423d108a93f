import { expect, test } from '@jest/globals';
import { EXIT } from '../../client/exit-codes.ts';
import { apiError, btcnet, FakeConnections, settledStatus } from './fake-cluster.ts';

const VALUES = { BC_RPC_USER: 'alice', BC_RPC_PASSWORD: 'hunter2\n' };

function cluster(secret?: string): FakeConnections {
  const connections = new FakeConnections();
  const spec = secret === undefined ? { nodes: 3 } : { nodes: 3, secret };
  connections.fakeStore.put('one', spec, settledStatus(3, 1, 101));
  return connections;
}

test('the credentials of the Secret that a network names are printed, with where they come from', async () => {
  const connections = cluster('mine');
  connections.fakeStore.secrets.set('default/mine', VALUES);
  const { code, out, err } = await btcnet(connections, 'credentials one');
  expect({ code, err }).toEqual({ code: EXIT.ok, err: '' });
  expect(out).toBe('User:      alice\nPassword:  hunter2\nSecret:    default/mine, named in spec.secret\n');
  expect(connections.opened).toEqual(new Set(['kubernetes']));
});

test.each([undefined, ''])('those that were made are found where no Secret is named (%j)', async (secret) => {
  const connections = cluster(secret);
  connections.fakeStore.secrets.set('default/one-rpc', VALUES);
  expect((await btcnet(connections, 'credentials one')).out).toContain('default/one-rpc, made for the network');
  const { out } = await btcnet(connections, 'credentials one -o json');
  expect(JSON.parse(out)).toEqual({
    namespace: 'default',
    name: 'one',
    user: 'alice',
    password: 'hunter2',
    secret: 'one-rpc',
    named: false,
    outdatedNodes: 0,
  });
});

test('while nodes are replaced, a note says that some may run with others', async () => {
  const connections = new FakeConnections();
  connections.fakeStore.put('one', { nodes: 3 }, { ...settledStatus(3, 1), updatedNodes: 1 });
  connections.fakeStore.secrets.set('default/one-rpc', VALUES);
  const { code, out, err } = await btcnet(connections, 'credentials one -o yaml');
  expect({ code, err }).toEqual({
    code: EXIT.ok,
    err: 'note: 2 nodes are still to be replaced, and may run with earlier credentials\n',
  });
  expect(out).toContain('outdatedNodes: 2');
});

test('what is missing is named: the network, the Secret, the key', async () => {
  const connections = cluster('mine');
  const ask = () => btcnet(connections, 'credentials one');
  expect(await btcnet(connections, 'credentials none')).toMatchObject({
    code: EXIT.notFound,
    err: 'btcnet: network default/none does not exist\n',
  });
  expect(await ask()).toMatchObject({
    code: EXIT.notFound,
    out: '',
    err: 'btcnet: the Secret default/mine with the credentials of network default/one does not exist: create it, or name another in spec.secret\n',
  });
  connections.fakeStore.secrets.set('default/mine', { BC_RPC_USER: 'alice', BC_RPC_PASSWORD: '\n' });
  expect(await ask()).toMatchObject({
    code: EXIT.failed,
    out: '',
    err: 'btcnet: the Secret default/mine has no value for the key BC_RPC_PASSWORD: add it\n',
  });
});

test('a right that is missing is a refusal, in the words of the cluster', async () => {
  const connections = cluster('mine');
  const store = connections.fakeStore;
  const network = await store.read({ namespace: 'default', name: 'one' });
  const message = 'secrets "mine" is forbidden: User "me" cannot get resource "secrets"';
  store.read = () => {
    store.faults.push(apiError(403, { reason: 'Forbidden', message }));
    return Promise.resolve(network);
  };
  expect(await btcnet(connections, 'credentials one')).toMatchObject({
    code: EXIT.refused,
    out: '',
    err: `btcnet: ${message}\n`,
  });
});
