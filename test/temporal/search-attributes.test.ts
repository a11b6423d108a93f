import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { reconcileSignal } from '../../workflows/messages.ts';
import { PHASE_ATTRIBUTE, REASON_ATTRIBUTE } from '../../workflows/search-attributes.ts';
import { hasSearchAttributes, registerSearchAttributes } from '../../worker/search-attributes.ts';
import { devServer, eventually, withWorker } from '../support/temporal.ts';
import { permanently, World } from '../support/world.ts';

jest.setTimeout(60_000);

/** A namespace of the same server in which nobody registered anything. */
const BARE = `bare-${randomBytes(3).toString('hex')}`;

let environment: TestWorkflowEnvironment;
let bare: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await devServer();
  bare = await devServer(BARE);
  await bare.connection.workflowService.registerNamespace({
    namespace: BARE,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
});
afterAll(async () => {
  await Promise.all([environment.teardown(), bare.teardown()]);
});

/** A network whose Secret is missing, on a server that knows the search attributes or one that does not. */
function withoutSecret(searchable: boolean): World {
  const world = new World();
  world.searchable = searchable;
  world.resync = { minMs: 50, maxMs: 200 };
  world.declare({ nodes: 2 });
  world.failing.set('ensureCredentials', permanently('SecretMissing', 'Secret default/x is missing.'));
  return world;
}

async function attributesOf(network: WorkflowHandle): Promise<Record<string, string | undefined>> {
  const { typedSearchAttributes } = await network.describe();
  return { phase: typedSearchAttributes.get(PHASE_ATTRIBUTE), reason: typedSearchAttributes.get(REASON_ATTRIBUTE) };
}

async function upserts(network: WorkflowHandle): Promise<number> {
  const { events } = await network.fetchHistory();
  return events?.filter((event) => event.upsertWorkflowSearchAttributesEventAttributes).length ?? 0;
}

test('the worker finds out which server has the search attributes', async () => {
  expect(await hasSearchAttributes(environment.nativeConnection, 'default')).toBe(true);
  await eventually('the new namespace is known', () =>
    hasSearchAttributes(bare.nativeConnection, BARE).then(
      () => true,
      () => false,
    ),
  );
  expect(await hasSearchAttributes(bare.nativeConnection, BARE)).toBe(false);
});

test('a network is found by its phase and by the reason of its trouble, until that is over', async () => {
  const world = withoutSecret(true);
  await withWorker(environment, world.activities(), async ({ start, workflowId }) => {
    const network = await start();
    const found = async (query: string): Promise<boolean> => {
      for await (const { workflowId: id } of environment.client.workflow.list({ query }))
        if (id === workflowId) return true;
      return false;
    };
    await eventually('it is found by the reason', () => found('BtcnetReason="SecretMissing"'));
    expect(await attributesOf(network)).toEqual({ phase: 'Settling', reason: 'SecretMissing' });
    world.failing.clear();
    await eventually('it is found as settled', () => found('BtcnetPhase="Settled" AND BtcnetReason IS NULL'));
    expect(await attributesOf(network)).toEqual({ phase: 'Settled', reason: undefined });

    const before = await upserts(network);
    const looks = world.callsOf('observe');
    await network.signal(reconcileSignal, 'look');
    await eventually('it has looked', () => world.callsOf('observe') > looks + 1);
    expect(await upserts(network)).toBe(before);
  });
});

test('a server without them runs the network as well', async () => {
  const world = withoutSecret(false);
  await withWorker(bare, world.activities(), async ({ start }) => {
    const network = await start();
    await eventually('the condition names the reason', () => world.condition('Ready') === 'False');
    world.failing.clear();
    await eventually('the memo says that it has settled', async () => {
      const { memo } = await network.describe();
      return memo?.['phase'] === 'Settled';
    });
    expect(await upserts(network)).toBe(0);
    expect(await attributesOf(network)).toEqual({ phase: undefined, reason: undefined });
  });
});

test('a worker that may registers them where they are missing', async () => {
  await registerSearchAttributes(bare.nativeConnection, BARE);
  await eventually('the namespace has them', () => hasSearchAttributes(bare.nativeConnection, BARE));
  expect(await hasSearchAttributes(bare.nativeConnection, BARE)).toBe(true);
});
