/** By which namespace a cluster is known: the system's, or one that is followed where that must not be read. */
import { expect, test } from '@jest/globals';
import { clusterIdentity, requireCluster } from '../../../activities/kubernetes/cluster-identity.ts';
import type { ApiCall, Cluster } from '../../../activities/kubernetes/cluster.ts';
import { ApiError, failureOf } from '../../../activities/kubernetes/errors.ts';

const UIDS: Readonly<Record<string, string>> = {
  'kube-system': 'uid-of-system',
  ours: 'uid-of-ours',
  more: 'uid-of-more',
};

/** A cluster that shows only these namespaces to whoever asks, and writes down for which it is asked. */
function showing(...names: string[]): { cluster: Cluster; asked: string[] } {
  const asked: string[] = [];
  const call = ({ path, subject }: ApiCall): Promise<unknown> => {
    const name = path.split('/').at(-1) ?? '';
    asked.push(name);
    if (names.includes(name)) return Promise.resolve({ metadata: { name, uid: UIDS[name] } });
    return Promise.reject(new ApiError(subject, { status: 403, body: { reason: 'Forbidden' } }));
  };
  return { cluster: { call } as Cluster, asked };
}

const OURS = { scopes: ['ours', 'more'] };
const ALL = { scopes: [null] };

test('it is known by the system namespace, and nothing else is read', async () => {
  const { cluster, asked } = showing('kube-system', 'ours', 'more');
  expect(await clusterIdentity(cluster, OURS)).toBe('uid-of-system');
  await requireCluster(cluster, 'uid-of-system', OURS);
  expect(asked).toEqual(['kube-system', 'kube-system']);
});

test('where that must not be read it is known by the first namespace that is followed and may be read', async () => {
  expect(await clusterIdentity(showing('ours', 'more').cluster, OURS)).toBe('uid-of-ours');
  expect(await clusterIdentity(showing('more').cluster, OURS)).toBe('uid-of-more');
});

test.each([
  ['the order of the namespaces', ['ours', 'more'], 'uid-of-more'],
  ['a right that was given since then', ['kube-system', 'ours'], 'uid-of-ours'],
])('%s does not make it another cluster', async (_what, shown, uid) => {
  await expect(requireCluster(showing(...shown).cluster, uid, OURS)).resolves.toBeUndefined();
});

test.each([
  ['of another system namespace', ['kube-system'], ALL],
  ['of another namespace that is followed', ['ours', 'more'], OURS],
  ['that follows all namespaces, with the UID of one', ['kube-system', 'ours'], ALL, 'uid-of-ours'],
])('a cluster %s is foreign', async (_what, shown, options, uid = 'another') => {
  const asking = requireCluster(showing(...shown).cluster, uid, options);
  await expect(asking).rejects.toMatchObject({ failure: { reason: 'ForeignCluster' }, permanent: false });
  await expect(asking).rejects.toThrow(UIDS[shown[0] ?? ''] ?? 'nothing');
});

test.each([
  ['all namespaces', ALL, 'kube-system'],
  ['some', OURS, 'more'],
])('a worker of %s that may read none is told of the right that it lacks', async (_what, options, name) => {
  for (const ask of [clusterIdentity, (...[cluster]: [Cluster]) => requireCluster(cluster, 'any', options)]) {
    const failure = await ask(showing().cluster, options).then(() => null, failureOf);
    expect(failure).toMatchObject({ reason: 'Forbidden', message: expect.stringContaining(name) });
  }
});
