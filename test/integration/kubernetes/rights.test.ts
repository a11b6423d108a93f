/** The worker's account may do what the other tests do with it, and nothing else. */
import { expect, test } from '@jest/globals';
import { clusterIdentity } from '../../../activities/kubernetes/cluster-identity.ts';
import type { ApiCall } from '../../../activities/kubernetes/cluster.ts';
import { failureOf } from '../../../activities/kubernetes/errors.ts';
import { eventually, useCluster } from './cluster-under-test.ts';

const bench = useCluster();

test('the cluster is known by the UID of its system namespace', async () => {
  expect(await clusterIdentity(bench.writer.cluster)).toMatch(/^[0-9a-f-]{36}$/);
});

test.each<[string, ApiCall['method'], string]>([
  ['list Secrets', 'GET', '/api/v1/secrets'],
  ['list Secrets of a namespace', 'GET', '/api/v1/namespaces/default/secrets'],
  ['delete a Secret', 'DELETE', '/api/v1/namespaces/default/secrets/x'],
  ['delete pods by the dozen', 'DELETE', '/api/v1/namespaces/default/pods'],
  ['create a pod', 'POST', '/api/v1/namespaces/default/pods'],
  ['delete a StatefulSet', 'DELETE', '/apis/apps/v1/namespaces/default/statefulsets/x'],
  ['list namespaces', 'GET', '/api/v1/namespaces'],
  ['read a namespace of others', 'GET', '/api/v1/namespaces/default'],
  ['read nodes', 'GET', '/api/v1/nodes'],
])('it may not %s', async (_what, method, path) => {
  const call = bench.writer.cluster.call({ method, path, subject: { verb: method, kind: 'x' } });
  await expect(call.catch((error: unknown) => failureOf(error).reason)).resolves.toBe('Forbidden');
});

test('a kind that is not installed is told from an object that is not there', async () => {
  const call = (path: string): Promise<unknown> =>
    bench.admin
      .call({ method: 'GET', path, subject: { verb: 'get', kind: 'x' } })
      .catch((error: unknown) => failureOf(error).reason);
  expect(await call('/apis/bitcoincontroller.christianb93.github.com/v1/namespaces/default/nosuchthings')).toBe(
    'CrdMissing',
  );
  expect(await call('/apis/no.such.group/v1/things')).toBe('CrdMissing');
  expect(await call('/apis/bitcoincontroller.christianb93.github.com/v1/namespaces/default/bitcoinnetworks/none')).toBe(
    'NotFound',
  );
});

test('a quota is told from missing rights', async () => {
  const { admin, namespace, writer } = bench;
  const quotas = `/api/v1/namespaces/${namespace}/resourcequotas`;
  const subject = { verb: 'create', kind: 'ResourceQuota' };
  const body = { metadata: { name: 'none' }, spec: { hard: { 'count/services': '0' } } };
  await admin.call({ method: 'POST', path: quotas, body, subject });
  const service = { metadata: { name: 'x' }, spec: { ports: [{ port: 80 }] } };
  const path = `/api/v1/namespaces/${namespace}/services`;
  const reason = (): Promise<unknown> =>
    writer.cluster
      .call({
        method: 'POST',
        path,
        body: service,
        query: { dryRun: 'All' },
        subject: { verb: 'create', kind: 'Service' },
      })
      .catch((error: unknown) => failureOf(error).reason);
  // The API server's cache learns of the quota a moment later; a dry run leaves nothing behind until then.
  expect(await eventually(reason, (found) => typeof found === 'string')).toBe('AdmissionDenied');
});
