import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { paths } from '../locations.ts';
import { tryCommand } from '../run-command.ts';
import { searchDirectories } from '../search-path.ts';
import { type Fit, versionFits } from './version.ts';

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

/**
 * The path of a program (a name, or an absolute path), if it is there. The commands that `env` puts on the PATH are not
 * meant: they lead to what is looked for here, and would end up leading to themselves.
 */
export function findProgram(name: string): string | undefined {
  if (isAbsolute(name)) return isExecutable(name) ? name : undefined;
  return searchDirectories(process.env['PATH'])
    .filter((directory) => directory !== paths.bin())
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
