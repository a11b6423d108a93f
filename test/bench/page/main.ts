/** `npm run scaling`: writes the scaling page and its charts from the reports in `docs/scaling`. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StackError } from '../../../deploy/local/stack-error.ts';
import { PageError } from './page-error.ts';
import { DOCS, pageFiles, staleCharts } from './page.ts';

try {
  const files = await pageFiles(DOCS);
  for (const [path, text] of files) {
    writeFileSync(join(DOCS, path), text);
    console.log(`docs/${path}`);
  }
  for (const path of staleCharts(DOCS, files)) rmSync(join(DOCS, path));
} catch (error) {
  throw error instanceof PageError ? new StackError(error.message) : error;
}
