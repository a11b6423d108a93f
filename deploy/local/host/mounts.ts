import { readFileSync, realpathSync } from 'node:fs';
import { tryCommand } from '../run-command.ts';
import { StackError } from '../stack-error.ts';

/** The kernel writes blanks and backslashes in paths as octal numbers. */
function unescapeOctal(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/**
 * The mount points below a directory, the innermost first, from the text of /proc/self/mountinfo. The directory itself is
 * none of them: it may be a disk of the user's own.
 */
export function mountsBelow(mountinfo: string, directory: string): string[] {
  return mountinfo
    .split('\n')
    .map((line) => unescapeOctal(line.split(' ')[4] ?? ''))
    .filter((point) => point.startsWith(`${directory}/`))
    .reverse();
}

function currentMounts(directory: string): string[] {
  try {
    // The kernel names mount points without the symbolic links that lead to them.
    return mountsBelow(readFileSync('/proc/self/mountinfo', 'utf8'), realpathSync(directory));
  } catch {
    // There is no such directory.
    return [];
  }
}

/** Unmounts everything below a directory, so that removing it cannot remove what is mounted there. */
export async function unmountBelow(directory: string): Promise<void> {
  for (const point of currentMounts(directory)) {
    const { code } = await tryCommand('umount', [point]);
    // Still in use by somebody who looks into it: it goes when they leave.
    if (code !== 0) await tryCommand('umount', ['--lazy', point]);
  }
  const left = currentMounts(directory);
  if (left.length > 0) throw new StackError(`These cannot be unmounted:\n${left.map((one) => `  ${one}`).join('\n')}`);
}
