import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { podName } from '../../workflows/names.ts';
import { BTCD, UNDER_TEST } from '../support/node-software.ts';
import {
  btcnet,
  eventually,
  kubectl,
  makeNamespace,
  Network,
  removeNamespace,
  runWorkerFor,
  tryKubectl,
} from '../support/stack.ts';

jest.setTimeout(240_000);

afterAll(async () => {
  await runWorkerFor(BTCD);
});

/** The tests are the chapters of one story: each goes on where the one before ended. */
describe.each(UNDER_TEST)('a network of nodes that run %s', (_, software) => {
  let namespace: string;
  let network: Network;

  beforeAll(async () => {
    await runWorkerFor(software);
    namespace = await makeNamespace('story');
    network = new Network(namespace, 'my-network', software);
  });
  afterAll(async () => {
    await removeNamespace(namespace);
  });

  test('is created with its service, its stateful set and three pods, and they are peered', async () => {
    await network.declare(3);
    await network.kubectl('wait', '--for=condition=Peered', 'bitcoinnetwork/my-network', '--timeout=90s');
    const { status } = await network.converged(3);
    expect(
      status?.nodes?.map(({ ordinal, ready, nodeName, dnsName }) => ({ ordinal, ready, nodeName, dnsName })),
    ).toEqual(
      [0, 1, 2].map((ordinal) => ({
        ordinal,
        ready: true,
        nodeName: `my-network-sts-${ordinal}`,
        dnsName: `my-network-sts-${ordinal}.my-network-svc`,
      })),
    );
    await network.fullMesh(3);
    expect(await network.remains()).toEqual(
      expect.arrayContaining(['service/my-network-svc', 'statefulset.apps/my-network-sts', 'pod/my-network-sts-2']),
    );
    expect(await network.kubectl('get', 'pods', '-l', 'app=my-network', '-o', 'name')).toContain(
      'pod/my-network-sts-0',
    );
    const container = await network.kubectl(
      'get',
      'pod',
      'my-network-sts-0',
      '-o',
      'jsonpath={.spec.containers[*].name}',
    );
    expect(container).toBe('my-network-sts-ctr');
    expect(await network.ask(0, 'getblockchaininfo')).toContain('"chain": "regtest"');
  });

  test('has 101 blocks that were mined on one node on all of them', async () => {
    await btcnet('-n', namespace, 'mine', 'my-network', '101', '--node', '1');
    await network.sameTip(3, 101);
    const { status } = await network.converged(3);
    expect(status?.chain?.height).toBe(101);
  });

  test('gives a node that is added the chain', async () => {
    await network.scale(4);
    await network.converged(4);
    await network.fullMesh(4);
    await network.sameTip(4, 101);
  });

  test('drops the nodes that leave from all that stay', async () => {
    await network.scale(2);
    const { status } = await network.converged(2);
    expect(status?.nodes).toHaveLength(2);
    await network.fullMesh(2);
    await eventually('the pods are gone', async () => !(await network.remains()).includes('pod/my-network-sts-3'));
    await network.scale(3);
    await network.converged(3);
    await network.sameTip(3, 101);
  });

  test('puts back replicas, the service selector and template labels that were changed by hand', async () => {
    const { service, statefulSet } = network.children;
    await network.kubectl('scale', 'statefulset', statefulSet, '--replicas=1');
    await eventually(
      'replicas are put back',
      async () => (await network.kubectl('get', 'statefulset', statefulSet, '-o', 'jsonpath={.spec.replicas}')) === '3',
    );
    await network.kubectl(
      'patch',
      'service',
      service,
      '--type=merge',
      '-p',
      '{"spec":{"selector":{"app":"other","and":"more"}}}',
    );
    await eventually('the selector is put back', async () => {
      const selector = await network.kubectl('get', 'service', service, '-o', 'jsonpath={.spec.selector}');
      return selector.includes('"app":"my-network"') && !selector.includes('more');
    });
    const label = 'app.kubernetes.io~1component';
    const patch = JSON.stringify([{ op: 'replace', path: `/spec/template/metadata/labels/${label}`, value: 'other' }]);
    await network.kubectl('patch', 'statefulset', statefulSet, '--type=json', '-p', patch);
    await eventually('the label is put back', async () => {
      const labels = await network.kubectl(
        'get',
        'statefulset',
        statefulSet,
        '-o',
        'jsonpath={.spec.template.metadata.labels}',
      );
      return labels.includes('"app.kubernetes.io/component":"node"');
    });
    await network.converged(3);
    await network.sameTip(3, 101);
  });

  test('makes a deleted service and a deleted stateful set again', async () => {
    const { service, statefulSet } = network.children;
    await network.kubectl('delete', 'service', service);
    await eventually(
      'the service is back',
      async () => (await tryKubectl('-n', namespace, 'get', 'service', service)).code === 0,
    );
    await network.kubectl('delete', 'statefulset', statefulSet, '--cascade=orphan');
    await eventually(
      'the stateful set is back',
      async () => (await tryKubectl('-n', namespace, 'get', 'statefulset', statefulSet)).code === 0,
    );
    await network.converged(3);
    await network.sameTip(3, 101);
  });

  test('connects a pod that was deleted again, and gives it the chain', async () => {
    await network.kubectl('delete', 'pod', podName('my-network', 1), '--wait=true');
    await network.fullMesh(3);
    await network.sameTip(3, 101);
    await network.converged(3);
  });

  test('connects a container that was killed in place again, and gives it the chain', async () => {
    const pod = podName('my-network', 2);
    const restarts = () =>
      network.kubectl('get', 'pod', pod, '-o', 'jsonpath={.status.containerStatuses[0].restartCount}');
    const before = Number(await restarts());
    await network.ask(2, 'stop');
    await eventually('the container has restarted', async () => Number(await restarts()) > before);
    await network.fullMesh(3);
    await network.sameTip(3, 101);
    await network.converged(3);
  });

  test('leaves nothing behind when it is deleted, and starts at height 0 when it is created again at once', async () => {
    const { metadata } = await network.converged(3);
    await network.delete();
    await eventually('the resource is gone', async () => (await network.resource()) === null);
    await network.declare(2);
    const again = await network.converged(2);
    expect(again.metadata.uid).not.toBe(metadata.uid);
    await network.sameTip(2, 0);
    await network.fullMesh(2);
    await network.delete();
    await eventually('nothing is left', async () => (await network.remains()).length === 0);
  });

  test('tells its story in events with stable reasons', async () => {
    const events = await kubectl('-n', namespace, 'get', 'events', '-o', 'jsonpath={.items[*].reason}');
    for (const reason of ['ServiceCreated', 'StatefulSetCreated', 'StatefulSetScaled', 'Ready', 'Peered', 'Synced']) {
      expect(events.split(' ')).toContain(reason);
    }
  });
});
