import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { tryCommand } from '../run-command.ts';
import { type Fit, versionFits } from './version.ts';

/** Debian keeps system programs where an ordinary user's PATH does not look. */
const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin'];
/** A program that does not tell its version within this time is not used, in ms. */
const VERSION_TIMEOUT = 10_000;

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The path of a program (a name, or an absolute path), if it is there. */
export function findProgram(name: string): string | undefined {
  if (isAbsolute(name)) return isExecutable(name) ? name : undefined;
  return [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_DIRECTORIES]
    .filter(Boolean)
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

/** The path of a program on the PATH that says, when asked, that its version fits. */
export async function findFittingProgram(
  name: string,
  version: string,
  onPath: { args: readonly string[]; fit: Fit },
): Promise<string | undefined> {
  const path = findProgram(name);
  if (path === undefined) return undefined;
  try {
    const { code, stdout, stderr } = await tryCommand(path, onPath.args, { timeout: VERSION_TIMEOUT });
    return code === 0 && versionFits(stdout || stderr, version, onPath.fit) ? path : undefined;
  } catch {
    return undefined;
  }
}
