/** Bundles of workflow code that was changed on purpose, to see what the kept histories make of the change. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const CHECKOUT = join(import.meta.dirname, '..', '..');

/** In a file of the workflows, what becomes of a text that stands there once. */
export interface Change {
  file: string;
  text: string;
  becomes: string;
}

export async function bundleWith(changes: readonly Change[]): Promise<{ code: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'btcnet-planted-'));
  try {
    const workflows = join(folder, 'workflows');
    cpSync(join(CHECKOUT, 'workflows'), workflows, { recursive: true });
    cpSync(join(CHECKOUT, 'package.json'), join(folder, 'package.json'));
    symlinkSync(join(CHECKOUT, 'node_modules'), join(folder, 'node_modules'), 'dir');
    for (const { file, text, becomes } of changes) plant(join(workflows, file), text, becomes);
    return await bundleWorkflowCode({
      workflowsPath: join(workflows, 'index.ts'),
      logger: new DefaultLogger('ERROR'),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function plant(file: string, text: string, becomes: string): void {
  const parts = readFileSync(file, 'utf8').split(text);
  if (parts.length !== 2)
    throw new Error(`"${text}" should stand once in ${file}: adapt the test to the changed workflow`);
  writeFileSync(file, `import { patched, sleep } from '@temporalio/workflow';\n${parts.join(becomes)}`);
}
