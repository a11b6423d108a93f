import type { Progress } from '../progress.ts';
import { acquireLock } from '../lock.ts';
import { runCommand } from '../run-command.ts';
import { StackError } from '../stack-error.ts';
import { findProgram } from './find.ts';
import type { DebianPackage } from './manifest.ts';

/** apt waits this long for another package manager to end, in seconds. */
const APT_LOCK_SECONDS = 120;

/** Installs packages by apt-get. Does nothing clever: names them where there is no apt-get. */
export async function installDebianPackages(
  names: readonly string[],
  progress: Progress,
  expectedSeconds = 20,
): Promise<void> {
  const apt = findProgram('apt-get');
  if (apt === undefined) {
    throw new StackError(
      `These are missing: ${names.join(', ')} (names of Debian packages). There is no apt-get here, so install them by this ` +
        `system's own means and try again.`,
    );
  }
  const lock = await acquireLock('apt', () => undefined);
  try {
    await progress.run(
      `packages ${names.join(', ')}`,
      async (step) => {
        const options = {
          env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
          onLine: (line: string) => {
            step.note(line);
          },
        };
        const wait = ['-o', `DPkg::Lock::Timeout=${APT_LOCK_SECONDS}`];
        const install = ['install', '-y', '-qq', '--no-install-recommends', ...wait, ...names];
        // Fresh machines have no package lists, old ones have lists of versions that are gone.
        await runCommand(apt, ['update', '-qq', ...wait], options);
        await runCommand(apt, install, options);
      },
      expectedSeconds,
    );
  } finally {
    lock.release();
  }
}

/** Installs those that are not there yet. */
export async function ensureDebianPackages(
  packages: readonly DebianPackage[],
  progress: Progress,
  expectedSeconds?: number,
): Promise<void> {
  const isMissing = ({ presentBy }: DebianPackage): boolean =>
    presentBy.every((name) => findProgram(name) === undefined);
  const missing = packages.filter(isMissing);
  if (missing.length === 0) return;
  await installDebianPackages(
    missing.map(({ name }) => name),
    progress,
    expectedSeconds,
  );
  const still = missing.filter(isMissing);
  if (still.length > 0) {
    throw new StackError(
      `Installed, but not found afterwards: ${still.map(({ presentBy }) => presentBy.join(' or ')).join(', ')}.`,
    );
  }
}
