import { readFileSync, readlinkSync } from 'node:fs';

/** What tells a process from another one that has got the same number later. */
export interface ProcessIdentity {
  pid: number;
  /** When it began, in clock ticks since boot. */
  startTicks: number;
  /** Which boot that was. */
  bootId: string;
  /** The program file that it runs. */
  executable: string;
}

/** The start time in the text of /proc/PID/stat. The name in it may hold spaces and brackets. */
export function parseStartTicks(stat: string): number | undefined {
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Field 22 of the whole line; the first one after the name is field 3.
  const ticks = Number(afterName[19]);
  return Number.isInteger(ticks) && ticks > 0 ? ticks : undefined;
}

/** Whether the text of /proc/PID/stat is of a process that has ended and was not waited for. */
export function isZombie(stat: string): boolean {
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
}

/** The kernel marks a program file that was removed or replaced while it runs. */
export function stripDeleted(link: string): string {
  return link.replace(/ \(deleted\)$/, '');
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
    return { pid, startTicks, bootId: currentBootId(), executable: stripDeleted(readlinkSync(`/proc/${pid}/exe`)) };
  } catch {
    return undefined;
  }
}

export function isSameProcess(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return a.pid === b.pid && a.startTicks === b.startTicks && a.bootId === b.bootId && a.executable === b.executable;
}

/** Whether exactly that process still lives. */
export function isAlive(identity: ProcessIdentity): boolean {
  const now = identify(identity.pid);
  return now !== undefined && isSameProcess(now, identity);
}

/** The words of a process' command line; empty for kernel threads and the dead. */
export function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}
