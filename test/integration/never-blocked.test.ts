/** What is wrong in one place is told, and everything else goes on; what is mended is noticed without a restart. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Condition } from '../../workflows/facts.ts';
import { API_VERSION, KIND, podName } from '../../workflows/names.ts';
import type { NetworkSpec } from '../../workflows/spec.ts';
import {
  eventually,
  kubectl,
  kubectlApply,
  makeNamespace,
  Network,
  removeNamespace,
  runWorker,
  SECRET,
  temporal,
} from '../support/stack.ts';

jest.setTimeout(300_000);

/** No such registry: names below `.invalid` never resolve. */
const NO_IMAGE = 'registry.invalid/nothing:1';
const ROLE = 'bitcoin-controller';

let namespace: string;

beforeAll(async () => {
  await runWorker();
  namespace = await makeNamespace('never-blocked');
});
afterAll(async () => {
  await removeNamespace(namespace);
});

async function declare(name: string, spec: NetworkSpec): Promise<Network> {
  await kubectlApply({ apiVersion: API_VERSION, kind: KIND, metadata: { namespace, name }, spec });
  return new Network(namespace, name);
}

/** Waits until the network is not Ready for this reason; returns what the condition says. */
const troubled = async (network: Network, reason: string): Promise<string> => {
  const { message } = await eventually<Condition>(`${network.name} is not ready: ${reason}`, async () => {
    const found = (await network.resource())?.status?.conditions?.find(({ type }) => type === 'Ready');
    return found?.status === 'False' && found.reason === reason && found;
  });
  return message;
};

const eventsOf = (network: Network): Promise<string> =>
  network.kubectl('get', 'events', '--field-selector', `involvedObject.name=${network.name}`, '-o', 'jsonpath={.items[*].reason}'); // prettier-ignore

const replicas = (network: Network, count: number): Promise<unknown> =>
  eventually(`${network.name} has a stateful set of ${count}`, async () => {
    const set = network.children.statefulSet;
    return (await network.kubectl('get', 'statefulset', set, '-o', 'jsonpath={.spec.replicas}')) === String(count);
  });

const patch = (network: Network, spec: Partial<NetworkSpec>): Promise<string> =>
  network.kubectl('patch', 'bitcoinnetwork', network.name, '--type=merge', '-p', JSON.stringify({ spec }));

async function gone(network: Network): Promise<void> {
  await network.delete();
  await eventually('nothing is left', async () => (await network.remains()).length === 0);
  await eventually('the workflow has completed', async () => (await network.workflowStatus()) === 'COMPLETED');
}

describe('an image that cannot be pulled', () => {
  test('is told in condition, event and Web UI, and meanwhile the network is scaled in every way and deleted', async () => {
    const network = await declare('stuck', { nodes: 1, secret: SECRET, image: NO_IMAGE });
    expect(await troubled(network, 'ImagePullBackOff')).toContain('stuck-sts-0');
    expect((await eventsOf(network)).split(' ')).toContain('ImagePullBackOff');
    const details = await temporal('workflow', 'metadata', '--workflow-id', network.workflowId, '-o', 'json');
    expect(details).toContain('ImagePullBackOff');

    await network.scale(2);
    await replicas(network, 2);
    await temporal('workflow', 'signal', '--workflow-id', network.workflowId, '--name', 'scale', '--input', '3');
    await replicas(network, 3);
    const update = ['update', 'execute', '--workflow-id', network.workflowId, '--name', 'setNodes', '--input', '1'];
    await temporal('workflow', ...update);
    await replicas(network, 1);
    await gone(network);
  });

  test('comes to one node of a good network: the others are healed, keep the chain, and all is well when it is corrected', async () => {
    const network = await declare('good', { nodes: 3, secret: SECRET });
    await network.converged(3);
    await network.ask(0, 'generate', '3');
    await network.sameTip(3, 3);
    await patch(network, { image: NO_IMAGE, nodes: 4 });
    await troubled(network, 'ImagePullBackOff');

    const restarts = () =>
      network.kubectl('get', 'pod', podName('good', 1), '-o', 'jsonpath={.status.containerStatuses[0].restartCount}');
    const before = Number(await restarts());
    await network.ask(1, 'stop');
    await eventually('the container has restarted', async () => Number(await restarts()) > before);
    const other = await network.addressOf(0);
    await eventually('it is connected again', async () =>
      (await network.peersOf(1).catch((): string[] => [])).includes(other),
    );
    await eventually('it has the chain again', async () => (await network.height(1).catch(() => 0)) === 3);

    await network.scale(3);
    await replicas(network, 3);
    await network.kubectl('patch', 'bitcoinnetwork', 'good', '--type=json', '-p', '[{"op":"remove","path":"/spec/image"}]'); // prettier-ignore
    await network.converged(3);
    await network.sameTip(3, 3);
    await gone(network);
  });
});

test('a Secret that is missing, lacks a key, is empty or cannot be used is named; corrected, it is taken up', async () => {
  const network = await declare('secretive', { nodes: 1, secret: 'mine' });
  const secret = (stringData: Record<string, string>): Promise<string> =>
    kubectlApply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'mine', namespace }, stringData });
  expect(await troubled(network, 'SecretMissing')).toContain(`${namespace}/mine`);
  await secret({ BC_RPC_USER: 'me' });
  expect(await troubled(network, 'SecretIncomplete')).toContain('BC_RPC_PASSWORD');
  await secret({ BC_RPC_USER: 'me', BC_RPC_PASSWORD: 'two\nlines' });
  expect(await troubled(network, 'SecretInvalid')).toContain('BC_RPC_PASSWORD');
  await secret({ BC_RPC_USER: '', BC_RPC_PASSWORD: 'good' });
  expect(await troubled(network, 'SecretIncomplete')).toContain('BC_RPC_USER');
  const told = (await eventsOf(network)).split(' ');
  expect(told).toEqual(expect.arrayContaining(['SecretMissing', 'SecretIncomplete', 'SecretInvalid']));
  await secret({ BC_RPC_USER: 'me', BC_RPC_PASSWORD: 'good' });
  await network.converged(1);
  await gone(network);
});

test('a quota that refuses stateful sets or services is told, and nothing is needed when it is lifted', async () => {
  const poor = await makeNamespace('quota');
  const quota = async (hard: Record<string, string>): Promise<void> => {
    await kubectlApply({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace: poor }, spec: { hard } }); // prettier-ignore
    await eventually('the quota is in force', async () => {
      const now = await kubectl('-n', poor, 'get', 'resourcequota', 'q', '-o', 'jsonpath={.status.hard}');
      return now !== '' && JSON.stringify(JSON.parse(now)) === JSON.stringify(hard);
    });
  };
  try {
    await quota({ 'count/services': '0', 'count/statefulsets.apps': '0' });
    const network = new Network(poor, 'poor');
    await network.declare(2);
    expect(await troubled(network, 'AdmissionDenied')).toMatch(/StatefulSet.*poor-sts.*exceeded quota/);
    await quota({ 'count/services': '0', 'count/statefulsets.apps': '5' });
    await eventually('the service is what is missing', async () =>
      /Service.*poor-svc.*exceeded quota/.test(await troubled(network, 'AdmissionDenied')),
    );
    await kubectl('-n', poor, 'delete', 'resourcequota', 'q');
    await network.converged(2);
  } finally {
    await removeNamespace(poor);
  }
});

test('a right that the worker lacks is named by verb and resource; everything else goes on, and it heals when given back', async () => {
  const sound = await declare('sound', { nodes: 1, secret: SECRET });
  await sound.converged(1);
  const role = JSON.parse(await kubectl('get', 'clusterrole', ROLE, '-o', 'json')) as {
    rules: { resources: string[]; verbs: string[] }[];
  };
  const setRules = (rules: unknown): Promise<string> =>
    kubectl('patch', 'clusterrole', ROLE, '--type=merge', '-p', JSON.stringify({ rules }));
  try {
    await setRules(
      role.rules.map((rule) =>
        rule.resources.includes('services') ? { ...rule, verbs: rule.verbs.filter((verb) => verb !== 'create') } : rule,
      ),
    );
    const network = await declare('rightless', { nodes: 1, secret: SECRET });
    expect(await troubled(network, 'Forbidden')).toMatch(/create.*services.*rbac\.yaml/);
    expect((await eventsOf(network)).split(' ')).toContain('Forbidden');
    await replicas(network, 1);
    await sound.scale(2);
    await sound.converged(2);
    await setRules(role.rules);
    await network.converged(1);

    await setRules(role.rules.filter((rule) => !rule.resources.includes('secrets')));
    const secretless = await declare('secretless', { nodes: 1, secret: SECRET });
    expect(await troubled(secretless, 'Forbidden')).toMatch(/get Secret.*rbac\.yaml/);
    expect(await secretless.remains()).toContain(`service/${secretless.children.service}`);
    await setRules(role.rules);
    await secretless.converged(1);
  } finally {
    await setRules(role.rules);
  }
});
