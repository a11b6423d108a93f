import { expect, test } from '@jest/globals';
import { BtcnetClient } from '../../client/btcnet-client.ts';
import { BtcnetError } from '../../client/errors.ts';
import { apiError, converged, description, FakeConnections, settledStatus } from './fake-cluster.ts';

function world(): { connections: FakeConnections; client: BtcnetClient } {
  const connections = new FakeConnections();
  return { connections, client: new BtcnetClient({ connections }) };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const unreachable = (): BtcnetError => new BtcnetError('UNREACHABLE', 'cannot reach the cluster');

test('a network is created with its number of nodes, and cannot be created without', async () => {
  const { connections, client } = world();
  const { outcome, network } = await client.apply({ name: 'one', spec: { nodes: 3, secret: 's' } });
  expect([outcome, network.spec]).toEqual(['created', { nodes: 3, secret: 's' }]);
  expect(connections.fakeStore.applied[0]?.spec).toEqual({ nodes: 3, secret: 's' });
  await expect(client.apply({ name: 'two', spec: {} })).rejects.toMatchObject({ code: 'REFUSED' });
});

test('the nodes of a network that exists are set through the scale subresource only', async () => {
  const { connections, client } = world();
  connections.fakeStore.put('one', { nodes: 3, image: 'old' });
  const { outcome, network } = await client.apply({ name: 'one', spec: { nodes: 5, image: 'new' } });
  expect([outcome, network.spec]).toEqual(['configured', { nodes: 5, image: 'new' }]);
  expect(connections.fakeStore.applied).toHaveLength(1);
  expect(connections.fakeStore.applied[0]?.spec).toEqual({ image: 'new' });
  expect(connections.fakeStore.writes).toEqual(['apply default/one', 'scale default/one 5']);
});

test('a number of nodes that this client once applied is repeated, so that it is not removed, and only while it is still that', async () => {
  const { connections, client } = world();
  await client.apply({ name: 'one', spec: { nodes: 3 } });
  await client.apply({ name: 'one', spec: { image: 'new' } });
  const [, second] = connections.fakeStore.applied;
  expect(second?.spec).toEqual({ image: 'new', nodes: 3 });
  expect(second?.metadata.resourceVersion).toBeDefined();
});

test('what this client declared before and a manifest leaves out is removed, and kept on request', async () => {
  const { client } = world();
  await client.apply({ name: 'one', spec: { nodes: 3, secret: 's' } });
  const kept = await client.apply({ name: 'one', spec: { image: 'i' } }, { keep: true });
  expect(kept.network.spec).toEqual({ nodes: 3, secret: 's', image: 'i' });
  const declared = await client.apply({ name: 'one', spec: { secret: 's' } });
  expect(declared.network.spec).toEqual({ nodes: 3, secret: 's' });
});

test('a field that the cluster does not know is refused by name', async () => {
  const { connections, client } = world();
  connections.fakeStore.apply = () => Promise.reject(apiError(500, { message: 'failed to create typed patch object' }));
  const applied = client.apply({ name: 'one', spec: { nodes: 3, nodez: 4 } as object });
  await expect(applied).rejects.toMatchObject({ code: 'REFUSED', message: expect.stringContaining('spec.nodez') });
});

test('a change by somebody else in the same moment is answered by looking again', async () => {
  const { connections, client } = world();
  const { fakeStore } = connections;
  fakeStore.put('one', { nodes: 3 });
  const inTheMiddle = fakeStore.apply.bind(fakeStore);
  let overtaken = 2;
  fakeStore.apply = (applied, force) =>
    overtaken-- > 0 ? Promise.reject(apiError(409, { reason: 'Conflict' })) : inTheMiddle(applied, force);
  expect((await client.apply({ name: 'one', spec: { image: 'new' } })).outcome).toBe('configured');
});

test('fields that belong to other tools are refused, with the way out, and taken over on request', async () => {
  const { connections, client } = world();
  const { fakeStore } = connections;
  fakeStore.put('one', { nodes: 3 });
  const causes = [{ reason: 'FieldManagerConflict', message: 'conflict with "git"', field: '.spec.image' }];
  const inTheMiddle = fakeStore.apply.bind(fakeStore);
  fakeStore.apply = (applied, force) =>
    force ? inTheMiddle(applied, force) : Promise.reject(apiError(409, { details: { name: 'one', causes } }));
  const applied = client.apply({ name: 'one', spec: { image: 'new' } });
  await expect(applied).rejects.toMatchObject({
    code: 'REFUSED',
    message: expect.stringContaining('conflict with "git"'),
  });
  await client.apply({ name: 'one', spec: { image: 'new' } }, { force: true });
  expect(fakeStore.writes).toEqual(['apply default/one force']);
});

test('a network that is being deleted is not changed', async () => {
  const { connections, client } = world();
  const network = connections.fakeStore.put('one', { nodes: 3 });
  const metadata = { ...network.metadata, deletionTimestamp: '2030-01-01T00:00:00Z' };
  connections.fakeStore.store({ ...network, metadata });
  await expect(client.apply({ name: 'one', spec: { nodes: 4 } })).rejects.toMatchObject({ code: 'REFUSED' });
});

test('a scale that was continued as new is asked again', async () => {
  const { connections, client } = world();
  const { fakeWorkflows } = connections;
  fakeWorkflows.description = description('Settled');
  fakeWorkflows.convergences = [converged(5, 'continued-as-new'), converged(5, 'continued-as-new')];
  expect((await client.scale('one', 5)).result).toBe('converged');
  expect(fakeWorkflows.asked).toHaveLength(3);
});

test.each([
  ['no workflow runs', null, undefined],
  ['the workflow knows no resource', description('Absent'), undefined],
  ['Temporal is away', unreachable(), 'the number is declared in the resource, because cannot reach the cluster'],
])('scaling goes through the resource when %s', async (_case, answer, note) => {
  const { connections, client } = world();
  const { fakeStore, fakeWorkflows } = connections;
  fakeWorkflows.description = answer;
  fakeStore.put('one', { nodes: 3 }, settledStatus(3, 1));
  const notes: string[] = [];
  const scaled = client.scale('one', 5, { onNote: (text) => void notes.push(text) });
  await until(() => fakeStore.watchers > 0);
  const network = await fakeStore.read({ namespace: 'default', name: 'one' });
  fakeStore.store({ ...network, status: settledStatus(5, network.metadata.generation, 101) });
  expect(await scaled).toMatchObject({ result: 'converged', nodes: 5, ready: 5, height: 101 });
  expect(fakeStore.writes).toEqual(['scale default/one 5']);
  expect(fakeWorkflows.asked).toEqual([]);
  expect(notes).toEqual(note === undefined ? [] : [note]);
});

test('a stale status is not taken for convergence, and a newer number ends the wait', async () => {
  const { connections, client } = world();
  const { fakeStore } = connections;
  fakeStore.put('one', { nodes: 3 }, settledStatus(3, 1));
  const scaled = client.scale('one', 5);
  await until(() => fakeStore.watchers > 0);
  await fakeStore.scale({ namespace: 'default', name: 'one' }, 2);
  expect((await scaled).result).toBe('superseded');
});

test('a network that is being deleted is not scaled', async () => {
  const { connections, client } = world();
  connections.fakeWorkflows.description = description('Deleting');
  await expect(client.scale('one', 5)).rejects.toMatchObject({ code: 'REFUSED' });
  await expect(client.requestNodes('one', 5)).rejects.toMatchObject({ code: 'REFUSED' });
});

test('waiting survives cut watches and an API server that is away for a moment', async () => {
  const { connections, client } = world();
  const { fakeStore } = connections;
  const network = fakeStore.put('one', { nodes: 3 });
  const waited = client.wait('one', { condition: 'Peered' }, { timeoutMs: 20_000 });
  await until(() => fakeStore.watchers > 0);
  fakeStore.faults = [unreachable(), apiError(410, { reason: 'Expired' })];
  fakeStore.cutWatches();
  await until(() => fakeStore.faults.length === 0 && fakeStore.watchers > 0);
  fakeStore.store({ ...network, status: settledStatus(3, 1) });
  expect((await waited)?.status?.readyNodes).toBe(3);
});

test('waiting does not start on a cluster that cannot be reached, and not for a network that is not there', async () => {
  const { connections, client } = world();
  connections.fakeStore.faults = [unreachable()];
  await expect(client.wait('one', 'converged')).rejects.toMatchObject({ code: 'UNREACHABLE' });
  await expect(client.wait('one', 'converged')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a network that is deleted while it is waited for ends the wait', async () => {
  const { connections, client } = world();
  connections.fakeStore.put('one', { nodes: 3 });
  const waited = client.wait('one', 'converged', { timeoutMs: 20_000 });
  const ended = expect(waited).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await until(() => connections.fakeStore.watchers > 0);
  connections.fakeStore.drop({ namespace: 'default', name: 'one' });
  await ended;
});

test('a condition about an older spec does not count', async () => {
  const { connections, client } = world();
  const network = connections.fakeStore.put('one', { nodes: 3 }, settledStatus(3, 1));
  connections.fakeStore.store({ ...network, metadata: { ...network.metadata, generation: 2 } });
  const waited = client.wait('one', { condition: 'Ready' }, { timeoutMs: 30 });
  await expect(waited).rejects.toMatchObject({ code: 'TIMED_OUT' });
});

test('deleting waits for the network that was there, not for one of the same name that comes after it', async () => {
  const { connections, client } = world();
  const { fakeStore } = connections;
  const { uid } = fakeStore.put('one', { nodes: 3 }).metadata;
  const removeIt = fakeStore.remove.bind(fakeStore);
  fakeStore.remove = async (id, withUid) => {
    await removeIt(id, withUid);
    fakeStore.put('one', { nodes: 1 });
  };
  expect(await client.delete('one')).toEqual({ namespace: 'default', name: 'one', uid, gone: true });
});

test('a network that was replaced just before it was deleted is left alone', async () => {
  const { connections, client } = world();
  const { fakeStore } = connections;
  fakeStore.put('one', { nodes: 3 });
  fakeStore.remove = () => Promise.reject(apiError(409, { reason: 'Conflict' }));
  await expect(client.delete('one')).rejects.toMatchObject({ code: 'FAILED' });
  expect(fakeStore.networks.size).toBe(1);
});

test('deleting that takes too long says what is still there', async () => {
  const { connections, client } = world();
  connections.fakeStore.put('one', { nodes: 3 });
  const pods = Array.from({ length: 5 }, (_, i) => ({ kind: 'Pod' as const, name: `one-sts-${i}` }));
  connections.fakeStore.childrenLeft = Array.from({ length: 50 }, () => pods);
  const deleted = client.delete('one', { timeoutMs: 30 });
  await expect(deleted).rejects.toMatchObject({
    code: 'TIMED_OUT',
    message: expect.stringContaining('Pod one-sts-2 and 2 more'),
  });
});
