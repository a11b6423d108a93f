import { fileURLToPath } from 'node:url';

/** All that the bundle is made from is imported from here. */
export const WORKFLOWS_PATH = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));
