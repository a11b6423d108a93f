/** The worker's role against what the worker asks for in the life of a network, as the API server has written it down. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { WORKER_USER } from '../../deploy/local/cluster/service-account.ts';
import { credentialsSecretName, DEFAULT_TASK_QUEUE, MANAGER, NETWORK_WORKFLOW } from '../../workflows/names.ts';
import { allowedToWorker } from '../support/access.ts';
import { auditEvents } from '../support/audit-log.ts';
import { type AuditEvent, compareRights, type Rule } from '../support/rights.ts';
import {
  eventually,
  kubectl,
  kubectlApply,
  makeNamespace,
  Network,
  removeNamespace,
  runWorker,
  temporal,
} from '../support/stack.ts';

jest.setTimeout(240_000);

const ROLE = 'bitcoin-controller';

let namespace: string;
let network: Network;
let rules: Rule[];
let since: number;
let events: AuditEvent[] = [];

const to = (): string[] => ['--workflow-id', network.workflowId];
const signal = (name: string, ...input: string[]): Promise<string> =>
  temporal('workflow', 'signal', ...to(), '--name', name, ...input.flatMap((one) => ['--input', one]));
const pods = (): Promise<string> => network.kubectl('get', 'pods', '-o', 'jsonpath={.items[*].metadata.uid}');

beforeAll(async () => {
  namespace = await makeNamespace('rights');
  network = new Network(namespace, 'modest');
  since = Date.now();
  // Another setting makes it another worker, which begins with the watches; it asks its nodes through the API server.
  await runWorker({ BTCNET_RPC_TRANSPORT: 'port-forward' });
  ({ rules } = JSON.parse(await kubectl('get', 'clusterrole', ROLE, '-o', 'json')) as { rules: Rule[] });
});
afterAll(async () => {
  await runWorker();
  await removeNamespace(namespace);
});

describe('the life of a network that takes every right', () => {
  test('a workflow makes it, with credentials of its own', async () => {
    const how = ['--type', NETWORK_WORKFLOW, '--task-queue', DEFAULT_TASK_QUEUE];
    await temporal('workflow', 'start', ...to(), ...how, '--input', JSON.stringify({ spec: { nodes: 1 } }));
    await network.converged(1);
  });

  test('a quota keeps a node away, which is asked for by a signal; it comes when the quota is lifted', async () => {
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace } };
    await kubectlApply({ ...quota, spec: { hard: { pods: '1' } } });
    await eventually('the quota is in force', async () => {
      const now = await network.kubectl('get', 'resourcequota', 'q', '-o', 'jsonpath={.status.hard.pods}');
      return now === '1';
    });
    await signal('scale', '2');
    await eventually('the network says why a node is missing', async () =>
      (await network.resource())?.status?.conditions?.some(({ reason }) => reason === 'FailedCreate'),
    );
    await network.kubectl('delete', 'resourcequota', 'q');
    await network.converged(2);
  });

  test('a Service that somebody changes is put back', async () => {
    const { service } = network.children;
    const zone = (): Promise<string> =>
      network.kubectl('get', 'service', service, '-o', 'jsonpath={.spec.selector.zone}');
    const other = { spec: { selector: { zone: 'moon' } } };
    await network.kubectl('patch', 'service', service, '--type=merge', '-p', JSON.stringify(other));
    await eventually('it is as declared', async () => (await zone()) === '');
  });

  test('a new password replaces the nodes', async () => {
    const before = (await pods()).split(' ');
    const secret = credentialsSecretName(network.name);
    const password = JSON.stringify({ stringData: { BC_RPC_PASSWORD: 'another' } });
    await network.kubectl('patch', 'secret', secret, '-p', password);
    await signal('reconcile');
    await eventually('every node was replaced', async () => {
      const now = (await pods()).split(' ');
      return now.length === 2 && now.every((uid) => !before.includes(uid));
    });
    await network.converged(2);
  });

  test('a signal deletes it', async () => {
    await signal('delete');
    await temporal('workflow', 'result', ...to());
    expect(await network.resource()).toBeNull();
  });
});

test('no request was refused or lacks a rule, and no rule has a verb that nothing needs', async () => {
  const compared = async () => {
    events = await auditEvents({ username: WORKER_USER, userAgent: MANAGER, since });
    return compareRights(rules, events);
  };
  // The log is written a moment later.
  await eventually('the log is whole', async () => (await compared()).unused.length === 0).catch(() => undefined);
  expect(await compared()).toEqual({ missing: [], unused: [] });
  expect(events.length).toBeGreaterThan(100);
});

test('each verb of each rule is missed once it is taken away, and each other verb is found unused', () => {
  const verbs = ['get', 'list', 'watch', 'create', 'patch', 'update', 'delete', 'deletecollection'];
  for (const [index, rule] of rules.entries()) {
    const others = rules.filter((_, at) => at !== index);
    for (const verb of rule.verbs) {
      const fewer = { ...rule, verbs: rule.verbs.filter((one) => one !== verb) };
      expect(compareRights([...others, fewer], events)).toMatchObject({
        missing: expect.arrayContaining([expect.stringMatching(new RegExp(`^${verb} `))]),
        unused: [],
      });
    }
    for (const verb of verbs.filter((one) => !rule.verbs.includes(one))) {
      const { unused } = compareRights([...others, { ...rule, verbs: [...rule.verbs, verb] }], events);
      expect(unused).toHaveLength(rule.resources.length);
    }
  }
});

test('the log tells nothing of what was sent or answered', () => {
  for (const event of events) {
    expect(event).toHaveProperty('level', 'Metadata');
    expect(event).not.toHaveProperty('requestObject');
    expect(event).not.toHaveProperty('responseObject');
  }
});

const FORBIDDEN = [
  ...[
    'list secrets',
    'watch secrets',
    'update secrets',
    'delete secrets',
    'get configmaps',
    'get nodes',
    'list namespaces',
  ],
  ...[
    'create pods',
    'create pods/exec',
    'get pods/exec',
    'create pods/attach',
    'get pods/log',
    'update pods',
    'patch pods',
  ],
  ...['delete services', 'update services', 'delete statefulsets.apps', 'create deployments.apps', 'create jobs.batch'],
  ...[
    'create serviceaccounts',
    'create serviceaccounts/token',
    'impersonate users',
    'impersonate serviceaccounts',
    'impersonate groups',
  ],
  ...['get', 'create', 'patch', 'bind', 'escalate'].flatMap((verb) =>
    ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'].map(
      (resource) => `${verb} ${resource}.rbac.authorization.k8s.io`,
    ),
  ),
  ...[
    'patch bitcoinnetworks.bitcoincontroller.christianb93.github.com',
    'patch customresourcedefinitions.apiextensions.k8s.io',
  ],
  ...['create validatingwebhookconfigurations.admissionregistration.k8s.io', 'approve signers.certificates.k8s.io'],
];

test('it may not read whole lists of Secrets, run commands, act as somebody else or widen its rights: nowhere', async () => {
  const asks = FORBIDDEN.flatMap((text) => {
    const [verb = '', resource = ''] = text.split(' ');
    return [{}, { namespace: 'kube-system' }, { namespace }].map((where) => ({ verb, resource, ...where }));
  });
  const allowed = await allowedToWorker(asks);
  expect(asks.filter((_, index) => allowed[index])).toEqual([]);
});

test('and that question can be answered with yes', async () => {
  const named = { verb: 'get', resource: 'namespaces', name: 'kube-system' };
  const asks = [
    { verb: 'get', resource: 'secrets' },
    { verb: 'create', resource: 'statefulsets.apps', namespace },
    named,
  ];
  expect(await allowedToWorker(asks)).toEqual([true, true, true]);
});
