import { expect, test } from '@jest/globals';
import { EXIT } from '../../client/exit-codes.ts';
import { BtcnetError } from '../../client/errors.ts';
import { btcnet, converged, description, FakeConnections, settledStatus } from './fake-cluster.ts';

const MANIFEST = JSON.stringify({
  apiVersion: 'bitcoincontroller.christianb93.github.com/v1',
  kind: 'BitcoinNetwork',
  metadata: { name: 'one' },
  spec: { nodes: 3, secret: 'mine' },
});

function cluster(): FakeConnections {
  const connections = new FakeConnections();
  connections.fakeStore.put('one', { nodes: 3 }, settledStatus(3, 1, 101));
  return connections;
}

test.each([
  'fly',
  'scale one',
  'scale one many',
  'mine one 1.5',
  'apply',
  'apply one -f file',
  'apply one --nodes 3 --implementation bcoin',
  'wait one --for=condition=Happy',
  'wait one --for=Ready',
  'wait one --timeout soon',
  'list -o xml',
  'describe',
  'list --colour',
])('%s is wrong usage, and touches nothing', async (args) => {
  const connections = cluster();
  const { code, out, err } = await btcnet(connections, args);
  expect({ code, out }).toEqual({ code: EXIT.usage, out: '' });
  expect(err).toMatch(/^error: /);
  expect(connections.opened.size).toBe(0);
});

test.each(['--help', 'help', 'mine --help', '--version'])('%s is answered on stdout', async (args) => {
  const { code, out, err } = await btcnet(cluster(), args);
  expect({ code, err }).toEqual({ code: EXIT.ok, err: '' });
  expect(out).not.toBe('');
});

test.each([
  'scale one -1',
  'scale one 5001',
  'apply one --nodes -1',
  'apply One --nodes 3',
  'mine one 0',
  'mine one 1001',
  'mine one 1 --node -1',
  'mine one 1 --address x',
  'apply -f missing.yaml',
])('%s is refused before anything is touched', async (args) => {
  const connections = cluster();
  const { code, out, err } = await btcnet(connections, args);
  expect({ code, out }).toEqual({ code: EXIT.refused, out: '' });
  expect(err).toMatch(/^btcnet: .+\n$/);
  expect(connections.fakeStore.writes).toEqual([]);
  expect(connections.fakeWorkflows.asked).toEqual([]);
});

test.each([
  ['describe', 'describe none'],
  ['scale', 'scale none 2'],
  ['delete', 'delete none'],
  ['wait', 'wait none'],
])('%s says when there is no such network', async (_name, args) => {
  const { code, out, err } = await btcnet(cluster(), args);
  expect({ code, out }).toEqual({ code: EXIT.notFound, out: '' });
  expect(err).toContain('network default/none does not exist');
});

test('list shows the networks, in a namespace, everywhere, and to programs', async () => {
  const connections = cluster();
  connections.fakeStore.put('two', { nodes: 1 }, undefined, 'other');
  expect((await btcnet(connections, 'list')).out).toMatch(/^NAME.*\none +3 +3 +True +101 +10m\n$/);
  expect((await btcnet(connections, 'ls -A')).out).toMatch(/^NAMESPACE.*\ndefault .*\nother .*\n$/);
  expect((await btcnet(connections, '-n other ls')).out).toMatch(/^NAME.*\ntwo .*\n$/);
  const json = JSON.parse((await btcnet(connections, 'list -o json -A')).out) as { kind: string; items: unknown[] };
  expect([json.kind, json.items.length]).toEqual(['List', 2]);
  expect([...connections.opened]).toEqual(['kubernetes']);
  expect(connections.closed).toBe(true);
});

test('an empty list is a note for people and an empty list for programs', async () => {
  const connections = cluster();
  expect(await btcnet(connections, 'list -n empty')).toMatchObject({ code: EXIT.ok, out: '' });
  expect((await btcnet(connections, 'list -n empty -o json')).out).toContain('"items": []');
});

test('apply declares a file, then options, and says what it did', async () => {
  const connections = new FakeConnections();
  const files = { 'one.yaml': MANIFEST, '-': MANIFEST };
  expect(await btcnet(connections, 'apply -f one.yaml', files)).toEqual({
    code: 0,
    out: 'network default/one created\n',
    err: '',
  });
  expect((await btcnet(connections, 'apply -f -', files)).out).toBe('network default/one unchanged\n');
  expect((await btcnet(connections, 'apply one --nodes 3 --image img')).out).toBe('network default/one configured\n');
  const shown = JSON.parse((await btcnet(connections, 'apply one --nodes 4 -o json')).out) as {
    spec: { nodes: number };
  };
  expect(shown.spec.nodes).toBe(4);
});

test('apply goes to the namespace of the command line, unless the manifest names another', async () => {
  const connections = new FakeConnections();
  const placed = MANIFEST.replace('"name":"one"', '"name":"one","namespace":"here"');
  expect((await btcnet(connections, 'apply -n there -f f', { f: MANIFEST })).out).toBe('network there/one created\n');
  const { code, err } = await btcnet(connections, 'apply -n there -f f', { f: placed });
  expect(code).toBe(EXIT.refused);
  expect(err).toContain('metadata.namespace is here, but --namespace is there');
});

test('apply --wait shows progress on stderr until the network is as declared', async () => {
  const connections = new FakeConnections();
  const { fakeStore } = connections;
  const ran = btcnet(connections, 'apply one --nodes 2 --wait --timeout 20s');
  while (fakeStore.watchers === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const [network] = fakeStore.networks.values();
  if (network) fakeStore.store({ ...network, status: settledStatus(2, network.metadata.generation) });
  const { code, out, err } = await ran;
  expect({ code, out }).toEqual({ code: 0, out: 'network default/one created\n' });
  expect(err).toBe('one: 0 of 2 nodes ready\n');
});

test('describe works without Temporal, with a note', async () => {
  const connections = cluster();
  connections.fakeWorkflows.description = new BtcnetError('UNREACHABLE', 'cannot reach Temporal');
  const { code, out } = await btcnet(connections, 'describe one');
  expect(code).toBe(EXIT.ok);
  expect(out).toContain('Nodes:           3 declared, 3 ready\n');
  expect(out).toContain('Note: cannot reach Temporal\n');
});

test('describe gives programs the resource, the events and the answer of the workflow', async () => {
  const connections = cluster();
  connections.fakeWorkflows.description = description('Settled');
  const { out } = await btcnet(connections, 'describe one -o json');
  expect(JSON.parse(out)).toMatchObject({
    network: { metadata: { name: 'one' } },
    events: [],
    workflowId: 'bitcoin-network/default/one',
    workflow: { phase: 'Settled' },
    notes: [],
  });
});

test('scale asks the workflow, and takes the number as an argument or an option', async () => {
  const connections = cluster();
  connections.fakeWorkflows.description = description('Settled');
  expect((await btcnet(connections, 'scale one 5')).out).toBe('network one has 5 nodes: 5 of 5 nodes are ready.\n');
  expect((await btcnet(connections, 'scale one --nodes 4 -o json')).out).toContain('"result": "converged"');
  expect((await btcnet(connections, 'scale one 2 --no-wait')).out).toBe('2 nodes will be declared.\n');
  expect(connections.fakeWorkflows.asked).toEqual([
    'setNodesAndWait default/one 5',
    'setNodesAndWait default/one 4',
    'setNodes default/one 2',
  ]);
});

test.each([
  ['timed-out', EXIT.timedOut],
  ['superseded', EXIT.failed],
  ['deleted', EXIT.notFound],
] as const)('scale that ends %s says so', async (result, exit) => {
  const connections = cluster();
  connections.fakeWorkflows.description = description('Settled');
  connections.fakeWorkflows.convergences = [converged(5, result), converged(5, result)];
  const people = await btcnet(connections, 'scale one 5');
  expect(people).toMatchObject({ code: exit, out: '' });
  expect(people.err).toContain(`network one: ${result}`);
  const programs = await btcnet(connections, 'scale one 5 -o json');
  expect(programs.code).toBe(exit);
  expect(JSON.parse(programs.out)).toMatchObject({ result });
});

test('mine asks nobody who does not answer, so that nothing is mined much later', async () => {
  const connections = cluster();
  expect(await btcnet(connections, 'mine one')).toMatchObject({ code: EXIT.notFound });
  connections.fakeWorkflows.description = new BtcnetError('UNREACHABLE', 'no worker answers');
  expect(await btcnet(connections, 'mine one')).toMatchObject({ code: EXIT.unreachable });
  expect(connections.fakeWorkflows.asked).toEqual([]);
});

test('mine needs only Temporal', async () => {
  const connections = cluster();
  connections.fakeWorkflows.description = description('Settled');
  const { code, out } = await btcnet(connections, `mine one 101 --node 2 --address ${'m'.repeat(34)}`);
  expect(code).toBe(EXIT.ok);
  expect(out).toBe(`mined 101 blocks on node 2: height 101, tip ${'cd'.repeat(32)}\n`);
  expect(connections.fakeWorkflows.asked).toEqual([
    `mine default/one {"blocks":101,"node":2,"address":"${'m'.repeat(34)}"}`,
  ]);
  expect([...connections.opened]).toEqual(['temporal']);
});

test('wait returns for what is so already, and times out for what never comes', async () => {
  const connections = cluster();
  expect(await btcnet(connections, 'wait one --for=condition=peered')).toMatchObject({ code: EXIT.ok });
  expect(await btcnet(connections, 'wait none --for delete')).toMatchObject({
    code: EXIT.ok,
    out: 'network none is gone\n',
  });
  const { code, err } = await btcnet(connections, 'wait one --for condition=Ready=False --timeout 50ms');
  expect(code).toBe(EXIT.timedOut);
  expect(err).toContain('timed out waiting until network default/one is Ready=False: 3 of 3 nodes ready');
});

test('delete waits until nothing is left, or does not', async () => {
  const connections = cluster();
  connections.fakeStore.childrenLeft = [[{ kind: 'Pod', name: 'one-sts-0' }]];
  const { code, out, err } = await btcnet(connections, 'delete one');
  expect({ code, out }).toEqual({ code: 0, out: 'network default/one is gone\n' });
  expect(err).toBe('waiting for the resource to go\nwaiting for Pod one-sts-0\n');
  const again = cluster();
  expect(await btcnet(again, 'delete one --no-wait')).toEqual({
    code: 0,
    out: 'network default/one is being deleted\n',
    err: '',
  });
});

test('a cluster that cannot be reached has an exit code of its own', async () => {
  const connections = cluster();
  connections.fakeStore.faults = [new BtcnetError('UNREACHABLE', 'cannot reach the cluster')];
  expect(await btcnet(connections, 'list')).toEqual({
    code: EXIT.unreachable,
    out: '',
    err: 'btcnet: cannot reach the cluster\n',
  });
});

test('a mistake in the program itself is one line too', async () => {
  const connections = cluster();
  connections.fakeStore.faults = [new TypeError('x is not\na function')];
  const { code, err } = await btcnet(connections, 'list');
  expect(code).toBe(EXIT.failed);
  expect(err).toBe('btcnet: x is not a function (BTCNET_DEBUG=1 shows where this comes from)\n');
});
