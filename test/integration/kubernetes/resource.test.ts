/** The resource: what the API server itself refuses, and what it takes from the clients of the original. */
import { expect, test } from '@jest/globals';
import { failureOf } from '../../../activities/kubernetes/errors.ts';
import { getNetwork, scaleNetwork } from '../../../activities/kubernetes/network.ts';
import { NETWORKS } from '../../../activities/kubernetes/objects.ts';
import { create, meddle, useCluster } from './cluster-under-test.ts';

const bench = useCluster();
const apply = (name: string, spec: unknown, more: object = {}): Promise<unknown> =>
  create(bench.admin, NETWORKS, bench.namespace, { metadata: { name }, spec, ...more });
const refusal = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call;
  } catch (error) {
    return failureOf(error).message;
  }
  return 'accepted';
};

test.each<[string, string, unknown, string]>([
  ['a negative number of nodes', 'bad', { nodes: -1 }, 'spec.nodes'],
  ['more than 5,000 nodes', 'bad', { nodes: 5001 }, 'spec.nodes'],
  ['half a node', 'bad', { nodes: 1.5 }, 'spec.nodes'],
  ['nodes that are text', 'bad', { nodes: '3' }, 'spec.nodes'],
  ['no number of nodes', 'bad', {}, 'spec.nodes'],
  ['no number of nodes, said so', 'bad', { nodes: null }, 'spec.nodes'],
  ['a Secret whose name cannot be', 'bad', { nodes: 1, secret: 'Not_A_Name' }, 'spec.secret'],
  ['an unknown implementation', 'bad', { nodes: 1, implementation: 'dogecoin' }, 'spec.implementation'],
  ['an image with a space', 'bad', { nodes: 1, image: 'a b' }, 'spec.image'],
  ['an image of endless length', 'bad', { nodes: 1, image: 'a'.repeat(513) }, 'spec.image'],
  ['a name of 49 characters', 'a'.repeat(49), { nodes: 1 }, 'metadata.name'],
  ['a name with a dot', 'a.b', { nodes: 1 }, 'metadata.name'],
  ['a name that starts with a digit', '1a', { nodes: 1 }, 'metadata.name'],
])('%s is refused, and the field is named', async (_what, name, spec, field) => {
  expect(await refusal(apply(name, spec))).toContain(field);
});

test('a name of 48 characters, no nodes, an empty Secret and a null status are taken', async () => {
  const name = 'a'.repeat(48);
  await apply(name, { nodes: 0, secret: '', paused: true }, { status: { nodes: null } });
  await meddle(bench.admin, NETWORKS, { namespace: bench.namespace, name }, { status: { nodes: null } }, 'status');
  const network = await getNetwork(bench.writer.cluster, { namespace: bench.namespace, name });
  expect(network?.spec).toEqual({ nodes: 0, secret: '', paused: true });
});

test('the implementation stays what it was', async () => {
  const { ref } = await bench.aNetwork('implementation', { implementation: 'btcd' });
  const change = (implementation: unknown): Promise<string> =>
    refusal(meddle(bench.admin, NETWORKS, ref, { spec: { implementation } }));
  expect(await change('bitcoin-core')).toContain('spec.implementation');
  expect(await change(null)).toContain('spec.implementation');
  expect(await change('btcd')).toBe('accepted');
});

test('fields that nobody knows are dropped', async () => {
  await apply('unknown-field', { nodes: 0, paused: true, nonsense: 1 });
  const network = await getNetwork(bench.writer.cluster, { namespace: bench.namespace, name: 'unknown-field' });
  expect(network?.spec).toEqual({ nodes: 0, paused: true });
});

test('scaling goes through the scale subresource, and says which generation declares it', async () => {
  const { network, ref } = await bench.aNetwork('scaled', { nodes: 2 });
  const { generation, changed } = await scaleNetwork(bench.writer, ref, 4);
  expect({ generation, changed }).toEqual({ generation: network.metadata.generation + 1, changed: true });
  expect(await scaleNetwork(bench.writer, ref, 4)).toEqual({ generation, changed: false });
  const after = await getNetwork(bench.writer.cluster, ref);
  expect(after?.spec).toEqual({ nodes: 4, paused: true });
});

test('a network of the same name but another UID is not scaled', async () => {
  const { ref } = await bench.aNetwork('scaled-other', { nodes: 2 });
  await expect(scaleNetwork(bench.writer, { ...ref, uid: 'other' }, 4)).rejects.toMatchObject({
    failure: { reason: 'NotFound' },
  });
  expect((await getNetwork(bench.writer.cluster, ref))?.spec.nodes).toBe(2);
});

test('a network that exists wins over the one that was to be created', async () => {
  const { ref } = await bench.aNetwork('twice', { nodes: 1 });
  const again = await bench.aNetwork('twice', { nodes: 9 });
  expect(again.ref.uid).toBe(ref.uid);
  expect(again.network.spec.nodes).toBe(1);
});
