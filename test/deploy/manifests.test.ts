/** Rights, Secret, worker and examples as the code expects them. */
import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { readConfig, SHUTDOWN_FORCE_MS } from '../../worker/config.ts';
import { API_VERSION, GROUP, KIND, PASSWORD_KEY, PLURAL, USER_KEY } from '../../workflows/names.ts';
import { parseNodes } from '../../workflows/spec.ts';
import type { Rule } from '../support/rights.ts';

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  [field: string]: unknown;
}

const documents = (path: string): Manifest[] =>
  parseAllDocuments(readFileSync(new URL(`../../deploy/${path}`, import.meta.url), 'utf8')).map(
    (document) => document.toJS() as Manifest,
  );
const only = (path: string, kind: string): Manifest => {
  const found = documents(path).find((document) => document.kind === kind);
  if (found === undefined) throw new Error(`${path} has no ${kind}`);
  return found;
};

const rules = only('rbac.yaml', 'ClusterRole')['rules'] as Rule[];
const verbsOf = (group: string, resource: string): string[] =>
  rules
    .filter((rule) => rule.apiGroups.includes(group) && rule.resources.includes(resource))
    .flatMap((rule) => rule.verbs);

test('the installation has the names of the original', () => {
  expect(only('rbac.yaml', 'Namespace').metadata.name).toBe('bitcoin-controller');
  expect(only('rbac.yaml', 'ServiceAccount').metadata).toMatchObject({
    name: 'bitcoin-controller-sva',
    namespace: 'bitcoin-controller',
  });
  expect(only('rbac.yaml', 'ClusterRoleBinding')).toMatchObject({
    roleRef: { kind: 'ClusterRole', name: only('rbac.yaml', 'ClusterRole').metadata.name },
    subjects: [{ kind: 'ServiceAccount', name: 'bitcoin-controller-sva', namespace: 'bitcoin-controller' }],
  });
});

test('the rights are no more than what the calls need', () => {
  expect(verbsOf(GROUP, PLURAL)).toEqual(['get', 'list', 'watch', 'create', 'delete']);
  expect(verbsOf(GROUP, `${PLURAL}/status`)).toEqual(['patch']);
  expect(verbsOf(GROUP, `${PLURAL}/scale`)).toEqual(['patch']);
  expect(verbsOf('', 'services')).toEqual(['get', 'list', 'watch', 'create', 'patch']);
  expect(verbsOf('apps', 'statefulsets')).toEqual(['get', 'list', 'watch', 'create', 'patch']);
  expect(verbsOf('', 'pods')).toEqual(['get', 'list', 'watch', 'delete']);
  expect(verbsOf('', 'pods/portforward')).toEqual(['get', 'create']);
  expect(verbsOf('', 'events')).toEqual(['create', 'list']);
});

test('Secrets are read by name only, and of the namespaces only the one that names the cluster', () => {
  expect(verbsOf('', 'secrets')).toEqual(['get', 'create', 'patch']);
  expect(rules.find((rule) => rule.resources.includes('namespaces'))).toMatchObject({
    resourceNames: ['kube-system'],
    verbs: ['get'],
  });
});

test('the installation in one namespace gives the same rights, there and nowhere else', () => {
  const [namespace, account, role, binding, ...more] = documents('rbac-namespaced.yaml');
  expect([namespace, account]).toEqual([only('rbac.yaml', 'Namespace'), only('rbac.yaml', 'ServiceAccount')]);
  const place = { name: 'bitcoin-controller', namespace: 'bitcoin-networks' };
  expect(role).toMatchObject({ kind: 'Role', metadata: place });
  expect(role?.['rules']).toEqual(
    rules.map((rule) => (rule.resourceNames === undefined ? rule : { ...rule, resourceNames: [place.namespace] })),
  );
  expect(binding).toMatchObject({
    kind: 'RoleBinding',
    metadata: place,
    roleRef: { kind: 'Role', name: place.name },
    subjects: only('rbac.yaml', 'ClusterRoleBinding')['subjects'],
  });
  expect(more).toEqual([]);
});

test('no right is given on everything', () => {
  expect(JSON.stringify(rules)).not.toContain('*');
});

test('the Secret for playing has the keys that the nodes read', () => {
  const secret = only('secret.yaml', 'Secret');
  expect(secret.metadata.name).toBe('bitcoin-default-secret');
  expect(Object.keys(secret['stringData'] as object)).toEqual([USER_KEY, PASSWORD_KEY]);
});

test('every example is a network with a valid number of nodes', () => {
  const names = readdirSync(new URL('../../deploy/examples', import.meta.url));
  expect(names).toContain('my-network.yaml');
  for (const name of names) {
    const network = only(`examples/${name}`, KIND);
    expect(network.apiVersion).toBe(API_VERSION);
    expect(parseNodes(network['spec'])).toHaveProperty('nodes');
  }
});

test('the first example is what the README promises', () => {
  expect(documents('examples/my-network.yaml')).toEqual([
    {
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: { name: 'my-network' },
      spec: { nodes: 3, secret: 'bitcoin-default-secret' },
    },
  ]);
});

test('the worker runs under its own account, without root, capabilities or a writable root', () => {
  const deployment = only('worker.yaml', 'Deployment') as unknown as {
    metadata: object;
    spec: { template: { spec: { serviceAccountName: string; securityContext: object; containers: object[] } } };
  };
  expect(deployment.metadata).toMatchObject({ namespace: 'bitcoin-controller' });
  const { serviceAccountName, securityContext, containers } = deployment.spec.template.spec;
  expect(serviceAccountName).toBe('bitcoin-controller-sva');
  expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  expect(containers).toMatchObject([
    {
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    },
  ]);
});

test('the worker is asked how it is where it is told to say so, and gets longer to stop than it takes', () => {
  const { spec } = only('worker.yaml', 'Deployment') as unknown as {
    spec: { template: { spec: { terminationGracePeriodSeconds: number; containers: [Record<string, unknown>] } } };
  };
  const { terminationGracePeriodSeconds, containers } = spec.template.spec;
  const [{ env, ports, livenessProbe, readinessProbe }] = containers;
  const settings = (env as { name: string; value: string }[]).map(({ name, value }) => [name, value]);
  const { healthPort } = readConfig(Object.fromEntries(settings) as Record<string, string>, []);
  expect(ports).toEqual([{ name: 'health', containerPort: healthPort }]);
  expect(livenessProbe).toMatchObject({ httpGet: { path: '/livez', port: 'health' } });
  expect(readinessProbe).toMatchObject({ httpGet: { path: '/readyz', port: 'health' } });
  expect(terminationGracePeriodSeconds * 1000).toBeGreaterThan(SHUTDOWN_FORCE_MS);
});
