/** A node that answers nonsense ends as a condition that names it and says what is wrong; the others are judged as ever. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { btcd } from '../../activities/bitcoin/dialects/btcd.ts';
import { inspectPeers } from '../../activities/bitcoin/inspect.ts';
import type { PeersDeps, PeersRequest } from '../../activities/bitcoin/inspect.ts';
import { PeerSync } from '../../activities/bitcoin/peers.ts';
import { RpcClient } from '../../activities/bitcoin/rpc.ts';
import { peered, ready, synced } from '../../workflows/conditions.ts';
import { plan } from '../../workflows/plan.ts';
import { dials } from '../../workflows/topology.ts';
import { NOW, theFacts } from '../support/facts.ts';
import { StubCast } from '../support/stub-node-cast.ts';
import type { StubNode } from '../support/stub-node.ts';

let cast: StubCast;
let rpc: RpcClient;
let deps: PeersDeps;
let request: PeersRequest;

beforeEach(async () => {
  cast = await StubCast.start(3);
  rpc = new RpcClient();
  deps = { rpc, now: Date.now };
  request = { members: cast.endpoints(3), access: cast.access, dialect: btcd, topology: dials, timeoutMs: 500 };
  await new PeerSync(deps).syncPeers(request);
});
afterEach(async () => {
  await rpc.close();
  await cast.stop();
});

const http = (status: string, body: string, length = body.length): string =>
  `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`;

test.each<[string, (node: StubNode) => void, string, RegExp]>([
  ['401', (node) => (node.password = 'another'), 'Unauthorized', /does not accept the credentials/],
  ['500', (node) => (node.sabotage = () => ({ bytes: http('500 Internal Server Error', 'oops') })), 'BadAnswer', /500/],
  [
    '503',
    (node) => (node.sabotage = () => ({ bytes: http('503 Service Unavailable', '') })),
    'Busy',
    /more RPC clients/,
  ],
  ['garbage', (node) => (node.sabotage = () => ({ bytes: '\u0000\u0001garbage\r\n\r\n' })), 'BadAnswer', /no valid/],
  [
    'JSON of another kind',
    (node) => (node.sabotage = () => ({ bytes: http('200 OK', '{"a":1}') })),
    'BadAnswer',
    /no valid/,
  ],
  [
    'half an answer',
    (node) => (node.sabotage = () => ({ bytes: http('200 OK', '[{"res', 900) })),
    'BadAnswer',
    /no valid/,
  ],
  ['nothing', (node) => (node.sabotage = () => 'hang'), 'TimedOut', /did not answer in time/],
  ['a closed connection', (node) => (node.sabotage = () => 'close'), 'Closed', /without an answer/],
])('%s', async (_, spoil, reason, words) => {
  const pod = request.members[1]?.pod ?? '';
  spoil(cast.node(1));
  const facts = theFacts({ peers: await inspectPeers(deps, request) });
  expect(peered(facts)).toMatchObject({ status: 'False', reason });
  expect(peered(facts).message).toMatch(words);
  expect(peered(facts).message).toContain(pod);
  expect(peered(facts).message).not.toContain('another');
  expect(synced(facts).status).toBe('False');
  expect(ready(facts).status).toBe('True');
  expect(plan(facts, NOW)).toMatchObject({ settled: false, due: [['updateStatus']] });

  cast.node(1).password = 'password';
  cast.node(1).sabotage = () => null;
  expect(peered(theFacts({ peers: await inspectPeers(deps, request) })).status).toBe('True');
});
