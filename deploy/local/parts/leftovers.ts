import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders in which something is made are called so, and what follows. */
export const UNFINISHED = 'building-';

/** Removes what a process that was killed has left half made. To be called under the lock of those who make such folders. */
export async function removeUnfinished(directory: string, prefix: string = UNFINISHED): Promise<void> {
  const entries = await readdir(directory).catch(() => []);
  await Promise.all(
    entries
      .filter((entry) => entry.startsWith(prefix))
      .map((entry) => rm(join(directory, entry), { recursive: true, force: true })),
  );
}
