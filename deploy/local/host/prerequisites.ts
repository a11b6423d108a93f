import { existsSync, statfsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname } from 'node:path';
import { cacheDirectory, paths, stateDirectory } from '../locations.ts';
import { StackError } from '../stack-error.ts';

const GIGABYTE = 1e9;
/** The stack and a small network take 2.5 GB; building the API server takes about as much. In bytes. */
const MINIMUM_MEMORY = 3.5 * GIGABYTE;
/** The parts' programs, their modules and the compiler's cache, while they are built. In bytes. */
const SPACE_TO_BUILD = 14 * GIGABYTE;
/** Data, logs and images. In bytes. */
const SPACE_TO_RUN = 2 * GIGABYTE;
/** What is still wanted where these are there already: a stack that runs must not be refused for its own data. In bytes. */
const SPACE_TO_GO_ON = 0.3 * GIGABYTE;

const INSTEAD =
  'The local stack is only a convenience: every other command works with any cluster that KUBECONFIG names and any Temporal ' +
  'server that TEMPORAL_ADDRESS names (kind, minikube, a cloud).';

function freeSpace(directory: string): number {
  let existing = directory;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  return bavail * bsize;
}

/** Names at once what this machine lacks, and what to do instead. */
export function checkPrerequisites(): void {
  const lacks: string[] = [];
  if (process.platform !== 'linux') lacks.push(`Linux (this is ${process.platform}): containers need its kernel`);
  else {
    if (process.getuid?.() !== 0)
      lacks.push('root: network namespaces, mounts and firewall rules need it (try: sudo npm run up)');
    if (totalmem() < MINIMUM_MEMORY)
      lacks.push(`${MINIMUM_MEMORY / GIGABYTE} GB of memory (here: ${(totalmem() / GIGABYTE).toFixed(1)})`);
    const isBuilt = existsSync(`${cacheDirectory()}/parts`);
    for (const [directory, wanted] of [
      [cacheDirectory(), isBuilt ? 0 : SPACE_TO_BUILD],
      [stateDirectory(), existsSync(paths.containerd()) ? SPACE_TO_GO_ON : SPACE_TO_RUN],
    ] as const) {
      const free = freeSpace(directory);
      if (free < wanted)
        lacks.push(`${wanted / GIGABYTE} GB of free disk for ${directory} (free: ${(free / GIGABYTE).toFixed(1)})`);
    }
  }
  if (lacks.length === 0) return;
  throw new StackError(
    `The local stack cannot run here. It needs\n${lacks.map((one) => `  - ${one}`).join('\n')}\n${INSTEAD}`,
  );
}
