import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

/** A new directory that is removed when the tests of the file have ended. Its path is short enough to be a state directory. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'btcnet-test-'));
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** Leads everything that the tests of the file do to a state directory of their own. */
export function temporaryState(): string {
  const directory = temporaryDirectory();
  process.env['BTCNET_STATE'] = directory;
  return directory;
}
