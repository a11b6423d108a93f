import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { EXIT } from '../../../client/exit-codes.ts';
import {
  BtcnetClient,
  type BitcoinNetwork,
  type Convergence,
  type Described,
  type Mined,
} from '../../../client/index.ts';
import { API_VERSION, KIND } from '../../../workflows/names.ts';
import { eventually, makeNamespace, Network, removeNamespace, runWorker, SECRET } from '../../support/stack.ts';
import { btcnet, NOWHERE, type Run } from './btcnet.ts';

jest.setTimeout(240_000);

let namespace: string;
let network: Network;

beforeAll(async () => {
  await runWorker();
  namespace = await makeNamespace('client');
  network = new Network(namespace, 'one');
});
afterAll(async () => {
  await removeNamespace(namespace);
});

const run = (args: string, options?: Run): ReturnType<typeof btcnet> =>
  btcnet(['-n', namespace, ...args.split(' ')], options);

/** What a command that succeeds says with `-o json`. */
async function json<T>(args: string): Promise<T> {
  const { code, stdout, stderr } = await run(`${args} -o json`);
  if (code !== EXIT.ok) throw new Error(`btcnet ${args} ended with ${code ?? 'a signal'}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

/** The tests are the chapters of one story: each goes on where the one before ended. */
describe('one network, by the command line alone', () => {
  test('apply creates it from standard input and waits until it is as declared', async () => {
    const manifest = {
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: { name: 'one' },
      spec: { nodes: 2, secret: SECRET },
    };
    const { code, stdout, stderr } = await run('apply -f - --wait --timeout 3m', { input: JSON.stringify(manifest) });
    expect({ code, stdout }).toEqual({ code: EXIT.ok, stdout: `network ${namespace}/one created\n` });
    expect(stderr).toContain('one: 0 of 2 nodes ready');
    await network.fullMesh(2);
  });

  test('list shows it', async () => {
    expect((await run('list')).stdout).toMatch(/^NAME +NODES +READY +PEERED +HEIGHT +AGE\none +2 +2 +True +0 +\S+\n$/);
    expect(
      (await json<{ items: BitcoinNetwork[] }>('list -A')).items.map(({ metadata }) => metadata.namespace),
    ).toContain(namespace);
  });

  test('its name is completed', async () => {
    expect((await btcnet(['complete', '--', '-n', namespace, 'describe', ''])).stdout).toBe('one\n');
  });

  test('mine mines on the node that was named, and every node has the blocks', async () => {
    const mined = await json<Mined>('mine one 7 --node 1');
    expect(mined).toMatchObject({ blocks: 7, node: 1, height: 7 });
    expect(await network.sameTip(2, 7)).toBe(mined.tip);
  });

  test('scale returns when the new node is connected and has the chain', async () => {
    expect(await json<Convergence>('scale one 3')).toMatchObject({ result: 'converged', nodes: 3, ready: 3 });
    await network.fullMesh(3);
    await network.sameTip(3, 7);
  });

  test('describe tells of the resource, the events and the workflow', async () => {
    const described = await json<Described>('describe one');
    expect(described.network.status?.nodes).toHaveLength(3);
    expect(described.events.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['StatefulSetCreated', 'Peered']),
    );
    expect(described.workflow).toMatchObject({ name: 'one', nodes: 3, ready: 3 });
    expect(described.notes).toEqual([]);
    expect((await run('describe one')).stdout).toMatch(/Name: +one\n[^]*Conditions\n[^]*Nodes\n[^]*Events\n/);
  });

  test('without Temporal describe answers with a note, scale goes through the resource, mine says what is missing', async () => {
    const env = { TEMPORAL_ADDRESS: NOWHERE };
    const described = await run('describe one', { env });
    expect(described.code).toBe(EXIT.ok);
    expect(described.stdout).toContain(`Note: cannot reach Temporal at ${NOWHERE}`);
    const scaled = await run('scale one 2', { env });
    expect(scaled).toMatchObject({ code: EXIT.ok });
    expect(scaled.stderr).toContain('the number is declared in the resource');
    await network.fullMesh(2);
    expect((await run('mine one 1', { env })).code).toBe(EXIT.unreachable);
  });

  test('scale --no-wait and wait do in two steps what scale does in one', async () => {
    expect((await run('scale one --nodes 3 --no-wait')).code).toBe(EXIT.ok);
    await eventually('the number is declared', async () => (await network.resource())?.spec.nodes === 3);
    expect((await run('wait one --for=condition=Synced --timeout 90s')).code).toBe(EXIT.ok);
    expect((await network.resource())?.status?.readyNodes).toBe(3);
  });

  test('wait times out for what does not come', async () => {
    const { code, stderr } = await run('wait one --for=condition=Ready=False --timeout 1s');
    expect(code).toBe(EXIT.timedOut);
    expect(stderr).toContain('3 of 3 nodes ready');
  });

  test('delete returns when nothing is left, and wait has nothing to wait for any more', async () => {
    const { code, stdout } = await run('delete one');
    expect({ code, stdout }).toEqual({ code: EXIT.ok, stdout: `network ${namespace}/one is gone\n` });
    const left = await network.remains();
    expect(left.filter((object) => !object.startsWith('secret/'))).toEqual([]);
    expect((await run('wait one --for=delete')).code).toBe(EXIT.ok);
    for (const command of ['describe one', 'delete one', 'wait one', 'mine one']) {
      expect((await run(command)).code).toBe(EXIT.notFound);
    }
  });
});

test('the library does the same, and closes what it opened', async () => {
  const client = new BtcnetClient();
  const seen: string[] = [];
  const here = { namespace, timeoutMs: 180_000, onProgress: (line: string): void => void seen.push(line) };
  await client.apply({ name: 'two', namespace, spec: { nodes: 1, secret: SECRET } });
  expect((await client.wait('two', 'converged', here))?.status?.readyNodes).toBe(1);
  expect((await client.mine('two', { blocks: 2 }, { namespace })).height).toBe(2);
  expect(await client.scale('two', 0, here)).toMatchObject({ result: 'converged', ready: 0 });
  expect(await client.delete('two', here)).toMatchObject({ name: 'two', gone: true });
  await expect(client.get('two', { namespace })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(seen).toContain('waiting for the resource to go');
  await client.close();
});
