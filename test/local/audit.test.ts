/** The API server's audit log: of the worker alone, bounded, and without anything that is sent or answered. */
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse, parseAllDocuments } from 'yaml';
import { WORKER_USER } from '../../deploy/local/cluster/service-account.ts';
import { apiServer } from '../../deploy/local/daemons/control-plane.ts';

const { args, files = {} } = apiServer(new Map([['kube-apiserver', '/bin/kube-apiserver']]));
const valueOf = (flag: string): string | undefined =>
  args.find((one) => one.startsWith(`--${flag}=`))?.slice(`--${flag}=`.length);

test('it has what the worker asks for, and nothing of bodies or of anybody else', () => {
  const policy: unknown = parse(files[valueOf('audit-policy-file') ?? ''] ?? '');
  expect(policy).toEqual({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level: 'Metadata', users: [WORKER_USER] }, { level: 'None' }],
  });
});

test('its account is the one that deploy/rbac.yaml gives the rights to', () => {
  const text = readFileSync(new URL('../../deploy/rbac.yaml', import.meta.url), 'utf8');
  const manifests = parseAllDocuments(text).map((one) => one.toJS() as { kind: string; subjects: object[] });
  const [, , namespace, name] = WORKER_USER.split(':');
  const binding = manifests.find(({ kind }) => kind === 'ClusterRoleBinding');
  expect(binding?.subjects).toEqual([{ kind: 'ServiceAccount', namespace, name }]);
});

test('its size is bounded', () => {
  expect(valueOf('audit-log-path')).toMatch(/audit\.log$/);
  expect(Number(valueOf('audit-log-maxsize'))).toBeLessThanOrEqual(100);
  expect(Number(valueOf('audit-log-maxbackup'))).toBeLessThanOrEqual(3);
});
