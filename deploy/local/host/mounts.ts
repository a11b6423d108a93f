import { readFileSync } from 'node:fs';
import { tryCommand } from '../run-command.ts';

/** The kernel writes blanks and backslashes in paths as octal numbers. */
function unescapeOctal(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** The mount points at or below a directory, the innermost first, from the text of /proc/self/mountinfo. */
export function mountsBelow(mountinfo: string, directory: string): string[] {
  return mountinfo
    .split('\n')
    .map((line) => unescapeOctal(line.split(' ')[4] ?? ''))
    .filter((point) => point === directory || point.startsWith(`${directory}/`))
    .reverse();
}

/** Unmounts everything at or below a directory. */
export async function unmountBelow(directory: string): Promise<void> {
  for (const point of mountsBelow(readFileSync('/proc/self/mountinfo', 'utf8'), directory)) {
    const { code } = await tryCommand('umount', [point]);
    // Still in use by somebody who looks into it: it goes when they leave.
    if (code !== 0) await tryCommand('umount', ['--lazy', point]);
  }
}
