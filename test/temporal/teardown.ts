import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';

export default async function teardown(): Promise<void> {
  await (globalThis as { btcnetTestEnvironment?: TestWorkflowEnvironment }).btcnetTestEnvironment?.teardown();
  const bundle = process.env['BTCNET_TEST_BUNDLE'];
  if (bundle) await rm(dirname(bundle), { recursive: true, force: true });
}
