/** One dev server and one workflow bundle for all tests of the workflows; a time-skipping server is made by those who need it. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode } from '@temporalio/worker';
import { ensurePrograms, programPath } from '../../deploy/local/parts/install.ts';
import { ensureTimeSkippingServer } from '../../deploy/local/parts/test-server.ts';
import { Progress } from '../../deploy/local/progress.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/search-attributes.ts';

export default async function setup(): Promise<void> {
  const progress = new Progress();
  const programs = await ensurePrograms(['temporal'], progress);
  const timeSkippingServer = await ensureTimeSkippingServer(progress);
  const [environment, bundle] = await Promise.all([
    TestWorkflowEnvironment.createLocal({
      server: {
        executable: { type: 'existing-path', path: programPath(programs, 'temporal') },
        searchAttributes: [...SEARCH_ATTRIBUTES],
      },
    }),
    bundleWorkflowCode({ workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)) }),
  ]);
  const codePath = join(await mkdtemp(join(tmpdir(), 'btcnet-bundle-')), 'workflows.js');
  await writeFile(codePath, bundle.code);
  process.env['BTCNET_TEST_TEMPORAL'] = environment.address;
  process.env['BTCNET_TEST_BUNDLE'] = codePath;
  process.env['BTCNET_TEST_TIME_SKIPPING_SERVER'] = timeSkippingServer;
  (globalThis as { btcnetTestEnvironment?: TestWorkflowEnvironment }).btcnetTestEnvironment = environment;
}
