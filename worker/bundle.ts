/**
 * `node worker/bundle.ts FILE`: builds the workflow bundle for `BTCNET_WORKFLOW_BUNDLE`. A worker that is given one starts sooner, and
 * never holds the compiler in its memory.
 */
import { writeFile } from 'node:fs/promises';
import { bundleWorkflowCode } from '@temporalio/worker';
import { WORKFLOWS_PATH } from './workflows-path.ts';

const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('Usage: node worker/bundle.ts FILE\n');
  process.exitCode = 2;
} else {
  const { code } = await bundleWorkflowCode({ workflowsPath: WORKFLOWS_PATH });
  await writeFile(file, code);
}
