/** Secrets are shown by no watch: whether they are still what the nodes were given is asked now and then. */
import { beforeEach, expect, test } from '@jest/globals';
import { NETWORKS, SECRETS } from '../../../activities/kubernetes/objects.ts';
import { leanNetwork } from '../../../activities/kubernetes/node-memory.ts';
import { SecretRounds } from '../../../activities/kubernetes/secret-rounds.ts';
import type { BitcoinNetwork } from '../../../workflows/facts.ts';
import { credentialsSecretName, nodeSecretName } from '../../../workflows/names.ts';
import { FollowedNetwork, NAME, NAMESPACE } from './followed-network.ts';

const FIVE_MINUTES_MS = 300_000;

let network: FollowedNetwork;
let nowMs: number;
let rounds: SecretRounds;
beforeEach(async () => {
  network = new FollowedNetwork();
  await network.settle();
  network.server.asked();
  nowMs = 0;
  rounds = new SecretRounds({ ...network.deps, now: () => nowMs });
});

function seen(): BitcoinNetwork {
  const live = network.server.get(NETWORKS, NAMESPACE, NAME);
  if (live === null) throw new Error('the network is gone');
  return leanNetwork(live);
}

const look = (one = seen()): Promise<string | null> => rounds.look(one, {});

test('as long as nothing changes two reads in five minutes find nothing', async () => {
  expect(await look()).toBeNull();
  expect(network.server.asked().filter((call) => call === 'get Secret')).toHaveLength(2);
  nowMs += FIVE_MINUTES_MS - 1;
  expect(await look()).toBeNull();
  expect(network.server.asked()).toEqual([]);
  nowMs += 1;
  expect(await look()).toBeNull();
  expect(network.server.asked()).toContain('get Secret');
});

const CREDENTIALS = credentialsSecretName(NAME);
const NODE_FILES = nodeSecretName(NAME);
const ANOTHER = Buffer.from('another').toString('base64');

test.each<[string, string, object | null]>([
  ['the credentials are changed', CREDENTIALS, { BC_RPC_PASSWORD: ANOTHER }],
  ['the credentials are gone', CREDENTIALS, null],
  ['somebody edits what the nodes read', NODE_FILES, { BC_RPC_USER: ANOTHER }],
  ['what the nodes read is gone', NODE_FILES, null],
])('the workflow is to look when %s, for as long as that is so', async (_what, secret, data) => {
  expect(await look()).toBeNull();
  if (data === null) network.server.remove(SECRETS, NAMESPACE, secret);
  else network.server.change(SECRETS, NAMESPACE, secret, { data });
  for (let turn = 0; turn < 2; turn += 1) {
    nowMs += FIVE_MINUTES_MS;
    expect(await look()).toBe('a Secret has changed');
  }
});

test('what was changed while nobody asked is found by the first look', async () => {
  network.server.change(SECRETS, NAMESPACE, CREDENTIALS, { data: { BC_RPC_PASSWORD: ANOTHER } });
  expect(await look()).toBe('a Secret has changed');
});

test('another network of the same name is asked about at once', async () => {
  expect(await look()).toBeNull();
  network.server.change(NETWORKS, NAMESPACE, NAME, { metadata: { uid: 'uid-2' } });
  expect(await look()).toBe('a Secret has changed');
});

test.each<[string, (one: BitcoinNetwork) => BitcoinNetwork]>([
  ['is not settled', (one) => ({ ...one, status: { ...one.status, observedGeneration: 0 } })],
  ['is paused', (one) => ({ ...one, spec: { ...one.spec, paused: true } })],
  ['is being deleted', (one) => ({ ...one, metadata: { ...one.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } })],
])('nobody is asked about a network that %s', async (_what, change) => {
  expect(await look(change(seen()))).toBeNull();
  expect(network.server.asked()).toEqual([]);
});

test('when the API server cannot be asked, the next turn asks again', async () => {
  network.server.isClosed = true;
  await expect(look()).rejects.toThrow();
  network.server.isClosed = false;
  network.server.asked();
  expect(await look()).toBeNull();
  expect(network.server.asked()).toContain('get Secret');
});
