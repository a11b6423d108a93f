import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { stackStatus } from '../../deploy/local/status.ts';
import { podName } from '../../workflows/names.ts';
import {
  btcnet,
  CREDENTIALS,
  kubectl,
  makeNamespace,
  Network,
  removeNamespace,
  runWorker,
  temporal,
} from '../support/stack.ts';

jest.setTimeout(240_000);

let namespace: string;
let network: Network;

beforeAll(async () => {
  await runWorker();
  namespace = await makeNamespace('secrecy');
  network = new Network(namespace, 'discreet');
  await network.declare(2);
  await network.converged(2);
  await btcnet('-n', namespace, 'mine', 'discreet', '3');
  await network.scale(3);
  await network.converged(3);
  await network.kubectl('delete', 'pod', podName('discreet', 0));
  await network.fullMesh(3);
  await network.converged(3);
});
afterAll(async () => {
  await removeNamespace(namespace);
});

/** The password as it is, and as an encoder could have left it. */
const forms = [
  CREDENTIALS.password,
  Buffer.from(CREDENTIALS.password).toString('base64'),
  Buffer.from(`${CREDENTIALS.user}:${CREDENTIALS.password}`).toString('base64'),
];
const found = (text: string): string[] => forms.filter((form) => text.includes(form));

/** A history with every payload decoded; Temporal keeps payloads in base64. */
async function decodedHistory(): Promise<string> {
  const history = await temporal('workflow', 'show', '--workflow-id', network.workflowId, '-o', 'json');
  const payloads = [...history.matchAll(/"([A-Za-z0-9+/=]{8,})"/g)].map(([, text]) =>
    Buffer.from(text ?? '', 'base64').toString(),
  );
  return [history, ...payloads].join('\n');
}

test('the search finds the password where it belongs, so that it can fail', async () => {
  expect(found(await kubectl('-n', namespace, 'get', 'secrets', '-o', 'yaml')).length).toBeGreaterThan(0);
});

test.each<[string, () => Promise<string>]>([
  ['the history of the workflow', decodedHistory],
  ['the history of the watch', () => temporal('workflow', 'show', '--workflow-id', 'watch-cluster', '-o', 'json')],
  ['the log of the worker', () => Promise.resolve(readFileSync(stackStatus().worker?.log ?? '', 'utf8'))],
  ['the events', () => kubectl('-n', namespace, 'get', 'events', '-o', 'yaml')],
  ['the resource and its conditions', () => kubectl('-n', namespace, 'get', 'bitcoinnetworks', '-o', 'yaml')],
  [
    'pods, stateful set and service: specs, labels and arguments',
    () => kubectl('-n', namespace, 'get', 'pods,statefulsets,services', '-o', 'yaml'),
  ],
  [
    'the answer of the query describe',
    () => temporal('workflow', 'query', '--workflow-id', network.workflowId, '--type', 'describe'),
  ],
  ['what the nodes log', () => network.kubectl('logs', podName('discreet', 1))],
  ['the arguments of all processes of this machine', () => Promise.resolve(commandLines())],
])('no credential stands in %s', async (_where, read) => {
  const text = await read();
  expect(text.length).toBeGreaterThan(0);
  expect(found(text)).toEqual([]);
});

function commandLines(): string {
  const lines: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      lines.push(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
    } catch {
      // It ended in the meantime.
    }
  }
  return lines.join('\n');
}
