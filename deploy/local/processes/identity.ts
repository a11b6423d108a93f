import { readFileSync } from 'node:fs';

/**
 * What tells a process from another one that has got the same number later. Its program file does not: a wrapper script
 * becomes another program by `exec`, and only root may see which one another user's process runs.
 */
export interface ProcessIdentity {
  pid: number;
  /** When it began, in clock ticks since boot. */
  startTicks: number;
  /** Which boot that was. */
  bootId: string;
}

/** The fields of the text of /proc/PID/stat from the third on. The name before them may hold spaces and brackets. */
function fieldsAfterName(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** The start time in the text of /proc/PID/stat. */
export function parseStartTicks(stat: string): number | undefined {
  // Field 22 of the whole line.
  const ticks = Number(fieldsAfterName(stat)[19]);
  return Number.isInteger(ticks) && ticks > 0 ? ticks : undefined;
}

/** The parent's process id in the text of /proc/PID/stat. */
export function parseParent(stat: string): number {
  return Number(fieldsAfterName(stat)[1]);
}

/** Whether the text of /proc/PID/stat is of a process that has ended and was not waited for. */
export function isZombie(stat: string): boolean {
  return fieldsAfterName(stat)[0] === 'Z';
}

export function currentBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** Who has this process id now; undefined when nobody lives under it. */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const startTicks = parseStartTicks(stat);
    if (startTicks === undefined || isZombie(stat)) return undefined;
    return { pid, startTicks, bootId: currentBootId() };
  } catch {
    return undefined;
  }
}

export function isSameProcess(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return a.pid === b.pid && a.startTicks === b.startTicks && a.bootId === b.bootId;
}

/** Whether exactly that process still lives. */
export function isAlive(identity: ProcessIdentity): boolean {
  const now = identify(identity.pid);
  return now !== undefined && isSameProcess(now, identity);
}

/** The words in the text of /proc/PID/cmdline. A program that gives itself a title leaves out the last NUL, or adds some. */
export function parseCommandLine(text: string): string[] {
  const words = text.replace(/\0+$/, '');
  return words === '' ? [] : words.split('\0');
}

/** The words of a process' command line; empty for kernel threads and the dead. */
export function commandLine(pid: number): string[] {
  try {
    return parseCommandLine(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    return [];
  }
}
