/** The installation in one namespace: a worker with nothing but the Role of deploy/rbac-namespaced.yaml runs the networks there. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WORKER_USER } from '../../deploy/local/cluster/service-account.ts';
import { CHECKOUT } from '../../deploy/local/locations.ts';
import { runCommand } from '../../deploy/local/run-command.ts';
import {
  DEFAULT_TASK_QUEUE,
  MANAGER,
  NODE_WATCH_WORKFLOW,
  nodeWatchWorkflowId,
  WATCH_WORKFLOW,
  WATCH_WORKFLOW_ID,
} from '../../workflows/names.ts';
import { type Ask, allowedToWorker } from '../support/access.ts';
import { auditEvents } from '../support/audit-log.ts';
import { compareRights, type Rule } from '../support/rights.ts';
import {
  eventually,
  kubectl,
  makeNamespace,
  Network,
  removeNamespace,
  runWorker,
  temporal,
  tryTemporal,
} from '../support/stack.ts';

jest.setTimeout(240_000);

const ROLE = 'bitcoin-controller';
const MANIFEST = readFileSync(join(CHECKOUT, 'deploy', 'rbac-namespaced.yaml'), 'utf8');

let namespace: string;
let since: number;

/** The workflows that remember which cluster they serve. */
const NODE_WATCH_ID = nodeWatchWorkflowId(0);
async function forgetCluster(): Promise<void> {
  for (const id of [WATCH_WORKFLOW_ID, NODE_WATCH_ID]) {
    await tryTemporal('workflow', 'terminate', '--workflow-id', id, '--reason', 'a test');
  }
}
async function watchAnew(): Promise<void> {
  const start = (id: string, type: string, ...input: string[]) =>
    tryTemporal('workflow', 'start', '--workflow-id', id, '--type', type, '--task-queue', DEFAULT_TASK_QUEUE, '--id-conflict-policy', 'UseExisting', ...input); // prettier-ignore
  await start(WATCH_WORKFLOW_ID, WATCH_WORKFLOW);
  await start(NODE_WATCH_ID, NODE_WATCH_WORKFLOW, '--input', '{"shard":0,"shards":1}');
}
const may = async (verb: string, resource: string, where: Partial<Ask> = {}): Promise<boolean> =>
  (await allowedToWorker([{ verb, resource, ...where }]))[0] === true;

beforeAll(async () => {
  namespace = await makeNamespace('namespaced');
  // Whatever brings up the stack gives the rights of the cluster; so they are taken away afterwards.
  await runWorker({ BTCNET_WATCH_NAMESPACES: namespace });
  const kubectlProgram = join(process.env['BTCNET_TEST_BIN'] ?? '', 'kubectl');
  await runCommand(kubectlProgram, ['apply', '-f', '-'], {
    input: MANIFEST.replaceAll('bitcoin-networks', namespace),
  });
  await kubectl('delete', 'clusterrolebinding', ROLE);
  await eventually(
    'the rights of the cluster are gone',
    async () => !(await may('get', 'secrets', { namespace: 'default' })),
  );
  since = Date.now();
  await forgetCluster();
  await watchAnew();
});
afterAll(async () => {
  await kubectl('apply', '--server-side', '--force-conflicts', '-f', join(CHECKOUT, 'deploy', 'rbac.yaml'));
  await eventually('the rights of the cluster are back', () => may('get', 'namespaces', { name: 'kube-system' }));
  await forgetCluster();
  await runWorker();
  await removeNamespace(namespace);
});

test('the namespace stands for the cluster, and a network lives there', async () => {
  const network = new Network(namespace, 'small');
  await network.declare(2);
  await network.converged(2);
  await network.fullMesh(2);
  const uid = await kubectl('get', 'namespace', namespace, '-o', 'jsonpath={.metadata.uid}');
  const encoded = Buffer.from(JSON.stringify(uid)).toString('base64');
  const history = await temporal('workflow', 'show', '--workflow-id', WATCH_WORKFLOW_ID, '-o', 'json');
  expect(history.includes(encoded) || history.includes(uid)).toBe(true);
  await network.delete();
  await eventually('nothing is left', async () => (await network.remains()).length === 0);
  await eventually('the workflow has completed', async () => (await network.workflowStatus()) === 'COMPLETED');
});

test('there no request lacks a right, and elsewhere none was granted', async () => {
  const text = await kubectl('-n', namespace, 'get', 'role', ROLE, '-o', 'json');
  const { rules } = JSON.parse(text) as { rules: Rule[] };
  const events = await auditEvents({ username: WORKER_USER, userAgent: MANAGER, since });
  const inside = events.filter(({ objectRef }) => objectRef?.namespace === namespace);
  expect(inside.length).toBeGreaterThan(20);
  expect(compareRights(rules, inside).missing).toEqual([]);
  const outside = events.filter((event) => !inside.includes(event));
  expect(outside.filter(({ responseStatus }) => responseStatus?.code !== 403)).toEqual([]);
});

test.each([
  ['get', 'secrets'],
  ['list', 'bitcoinnetworks.bitcoincontroller.christianb93.github.com'],
  ['create', 'statefulsets.apps'],
  ['delete', 'pods'],
])('it may not %s %s of other namespaces', async (verb, resource) => {
  expect(await may(verb, resource, { namespace: 'default' })).toBe(false);
  expect(await may(verb, resource)).toBe(false);
  expect(await may(verb, resource, { namespace })).toBe(true);
});
