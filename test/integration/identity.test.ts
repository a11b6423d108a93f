/** Whose is what: networks of one name, objects of other owners, fields of other tools, workflows that somebody ends. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { join } from 'node:path';
import { runCommand, tryCommand } from '../../deploy/local/run-command.ts';
import type { NetworkDescription } from '../../workflows/messages.ts';
import { API_VERSION, DEFAULT_TASK_QUEUE, KIND, NETWORK_WORKFLOW } from '../../workflows/names.ts';
import {
  describeNetwork,
  eventually,
  kubectl,
  kubectlApply,
  makeNamespace,
  Network,
  removeNamespace,
  runWorker,
  SECRET,
  temporal,
  tryKubectl,
} from '../support/stack.ts';

jest.setTimeout(240_000);

let namespace: string;

beforeAll(async () => {
  await runWorker();
  namespace = await makeNamespace('identity');
});
afterAll(async () => {
  await removeNamespace(namespace);
});

describe("somebody else's", () => {
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'x', image: 'x' }] } };
  test.each<[string, string, object, string]>([
    ['services', 'Service', { apiVersion: 'v1', spec: { ports: [{ port: 80 }] } }, 'svc'],
    [
      'statefulsets',
      'StatefulSet',
      {
        apiVersion: 'apps/v1',
        spec: { replicas: 0, serviceName: 'x', selector: { matchLabels: { a: 'b' } }, template },
      },
      'sts',
    ],
    ['secrets', 'Secret', { apiVersion: 'v1', stringData: { a: 'b' } }, 'node'],
    ['secrets', 'Secret', { apiVersion: 'v1', stringData: { a: 'b' } }, 'rpc'],
  ])(
    '%s of the name (%s) is left alone, and made anew when it is gone: -%4$s',
    async (plural, kind, object, suffix) => {
      const network = new Network(namespace, `other-${suffix}`);
      const name = `${network.name}-${suffix}`;
      const version = () => network.kubectl('get', plural, name, '-o', 'jsonpath={.metadata.uid}/{.metadata.resourceVersion}'); // prettier-ignore
      await kubectlApply({ kind, metadata: { name, namespace }, ...object });
      // A stateful set of somebody else is written once more by its own controller.
      await eventually('it has come to rest', async () => (await version()) === (await version()));
      const before = (await version()).split('/')[0];
      const spec = suffix === 'rpc' ? { nodes: 1 } : { nodes: 1, secret: SECRET };
      await kubectlApply({ apiVersion: API_VERSION, kind: KIND, metadata: { namespace, name: network.name }, spec });
      const message = await eventually('the conflict is told', async () => {
        const found = (await network.resource())?.status?.conditions?.find(({ type }) => type === 'Ready');
        return found?.reason === 'ChildConflict' && found.message;
      });
      expect(message).toContain(name);
      const owners = await network.kubectl('get', plural, name, '-o', 'jsonpath={.metadata.ownerReferences}');
      expect([(await version()).split('/')[0], owners]).toEqual([before, '']);
      await network.kubectl('delete', plural, name);
      await network.converged(1);
      await network.delete();
    },
  );
});

test('a network that is created again as soon as its name is free is a new one each time, and is followed', async () => {
  const network = new Network(namespace, 'again');
  await network.declare(2);
  const uids = [(await network.converged(2)).metadata.uid];
  for (let round = 0; round < 2; round += 1) {
    await network.ask(0, 'generate', '2');
    await network.delete();
    await network.declare(2);
    const { metadata } = await eventually('it is another one', async () => {
      const found = await network.resource();
      return found !== null && !uids.includes(found.metadata.uid) && found;
    });
    uids.push(metadata.uid);
    await network.converged(2);
    await network.sameTip(2, 0);
  }
  expect(new Set(uids).size).toBe(3);
});

test('a network is followed on, whole, when its workflow is reset, and a start spec is used once at most', async () => {
  const network = new Network(namespace, 'kept');
  await network.declare(1);
  const { metadata } = await network.converged(1);
  const to = ['--workflow-id', network.workflowId];
  await temporal('workflow', 'reset', ...to, '--type', 'FirstWorkflowTask', '--reason', 'a test');
  await network.scale(2);
  expect((await network.converged(2)).metadata.uid).toBe(metadata.uid);

  await temporal('workflow', 'terminate', ...to, '--reason', 'a test');
  const input = JSON.stringify({ spec: { nodes: 4, secret: SECRET } });
  const how = ['--type', NETWORK_WORKFLOW, '--task-queue', DEFAULT_TASK_QUEUE, '--input', input];
  await temporal('workflow', 'start', ...to, ...how);
  await eventually('an event says that it was not used', async () => {
    const events = await network.kubectl('get', 'events', '-o', 'jsonpath={.items[*].message}');
    return events.includes('The spec given at the start was not used');
  });
  expect((await network.resource())?.spec.nodes).toBe(2);
  await network.delete();
  await eventually('the workflow has completed', async () => (await network.workflowStatus()) === 'COMPLETED');
  expect(await network.resource()).toBeNull();
});

test('paused, a network is left alone whatever is done to it; unpaused, it is put right', async () => {
  const network = new Network(namespace, 'paused');
  const { service, statefulSet } = network.children;
  const described = (): Promise<NetworkDescription> => describeNetwork(network.workflowId);
  const pause = (paused: boolean): Promise<string> =>
    network.kubectl('patch', 'bitcoinnetwork', 'paused', '--type=merge', '-p', JSON.stringify({ spec: { paused } }));
  await network.declare(1);
  await network.converged(1);
  await pause(true);
  await eventually('it is paused', async () => (await described()).phase === 'Paused');
  await network.kubectl('delete', 'service', service);
  await network.scale(3);
  const { passes } = await described();
  await network.reconcile();
  await eventually('it has looked, and seen three', async () => {
    const now = await described();
    return now.passes > passes && now.nodes === 3;
  });
  expect((await tryKubectl('-n', namespace, 'get', 'service', service)).code).not.toBe(0);
  expect(await network.kubectl('get', 'statefulset', statefulSet, '-o', 'jsonpath={.spec.replicas}')).toBe('1');
  await pause(false);
  await network.converged(3);
  expect((await tryKubectl('-n', namespace, 'get', 'service', service)).code).toBe(0);
});

test('after a scale the number of nodes belongs to whoever scaled, and a tool that leaves it out changes nothing', async () => {
  const network = new Network(namespace, 'fields');
  const program = join(process.env['BTCNET_TEST_BIN'] ?? '', 'kubectl');
  const args = ['apply', '--server-side', '--field-manager=git', '-f', '-'];
  const input = (spec: object): { input: string } => ({
    input: JSON.stringify({ apiVersion: API_VERSION, kind: KIND, metadata: { namespace, name: 'fields' }, spec }),
  });
  const owner = async (): Promise<string[]> => {
    const text = await network.kubectl('get', 'bitcoinnetwork', 'fields', '--show-managed-fields', '-o', 'json');
    const { metadata } = JSON.parse(text) as {
      metadata: { managedFields: { manager: string; fieldsV1: { 'f:spec'?: Record<string, unknown> } }[] };
    };
    return metadata.managedFields
      .filter(({ fieldsV1 }) => fieldsV1['f:spec']?.['f:nodes'])
      .map(({ manager }) => manager);
  };
  await runCommand(program, args, input({ nodes: 1, secret: SECRET }));
  expect(await owner()).toEqual(['git']);
  await network.converged(1);
  await temporal('workflow', 'signal', '--workflow-id', network.workflowId, '--name', 'scale', '--input', '2');
  await network.converged(2);
  expect(await owner()).toEqual(['btcnet']);
  await runCommand(program, args, input({ secret: SECRET }));
  expect((await network.resource())?.spec).toEqual({ nodes: 2, secret: SECRET });
  const refused = await tryCommand(program, args, input({ nodes: 1, secret: SECRET }));
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toMatch(/btcnet[^]*spec\.nodes/);
});

test('a start whose spec or name makes no sense fails and names the field; nothing is made', async () => {
  const start = async (id: string, input: object): Promise<string> => {
    const how = ['--type', NETWORK_WORKFLOW, '--task-queue', DEFAULT_TASK_QUEUE];
    await temporal('workflow', 'start', '--workflow-id', id, ...how, '--input', JSON.stringify(input));
    const failure = await eventually(`${id} has failed`, async () => {
      const text = await temporal('workflow', 'show', '--workflow-id', id, '-o', 'json');
      return text.includes('workflowExecutionFailedEventAttributes') && text;
    });
    return failure;
  };
  const id = (name: string): string => `bitcoin-network/${namespace}/${name}`;
  expect(await start(id('many'), { spec: { nodes: 5001 } })).toContain('spec.nodes');
  expect(await start(id('few'), { spec: { nodes: -1 } })).toContain('spec.nodes');
  expect(await start(id('half'), { spec: { nodes: 1.5 } })).toContain('spec.nodes');
  expect(await start(id('a'.repeat(49)), { spec: { nodes: 1 } })).toContain('metadata.name');
  expect(await start(id('No_Name'), { spec: { nodes: 1 } })).toContain('metadata.name');
  expect(await start(`${namespace}-anything`, { spec: { nodes: 1 } })).toContain('bitcoin-network/<namespace>/<name>');
  for (const nodes of ['-1', '5001']) {
    const scaled = await tryKubectl('-n', namespace, 'scale', 'bitcoinnetwork/fields', `--replicas=${nodes}`);
    expect(scaled.code).not.toBe(0);
    expect(scaled.stderr).toMatch(/spec\.nodes|replicas/);
  }
  expect(await kubectl('-n', namespace, 'get', 'bitcoinnetworks', '-o', 'name')).not.toMatch(/many|few|half|aaaa/);
});
