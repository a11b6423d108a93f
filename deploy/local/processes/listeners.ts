import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { commandLine } from './identity.ts';

const LISTENING = '0A';

/** Port → inodes of the sockets that listen on it, from the text of /proc/net/tcp or tcp6. */
export function parseListeners(table: string): Map<number, string[]> {
  const listeners = new Map<number, string[]>();
  for (const line of table.split('\n').slice(1)) {
    const [, local, , socketState, , , , , , inode] = line.trim().split(/\s+/);
    if (local === undefined || inode === undefined || socketState !== LISTENING) continue;
    const port = Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16);
    listeners.set(port, [...(listeners.get(port) ?? []), inode]);
  }
  return listeners;
}

export interface Listener {
  port: number;
  /** Undefined where the owner cannot be seen, as from inside a container. */
  pid: number | undefined;
  command: string;
}

function readTable(path: string): Map<number, string[]> {
  try {
    return parseListeners(readFileSync(path, 'utf8'));
  } catch {
    return new Map();
  }
}

/** Socket inode → process, for all processes: some ms, so it is asked only when a wanted port is taken. */
function socketOwners(inodes: ReadonlySet<string>): Map<string, number> {
  const owners = new Map<string, number>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    let descriptors: string[];
    try {
      descriptors = readdirSync(`/proc/${entry}/fd`);
    } catch {
      continue;
    }
    for (const descriptor of descriptors) {
      try {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${entry}/fd/${descriptor}`))?.[1];
        if (inode !== undefined && inodes.has(inode)) owners.set(inode, Number(entry));
      } catch {
        // Closed in the meantime.
      }
    }
  }
  return owners;
}

/** Who listens on any of these TCP ports. */
export function findListeners(ports: readonly number[]): Listener[] {
  const tables = [readTable('/proc/net/tcp'), readTable('/proc/net/tcp6')];
  const taken = ports.flatMap((port) =>
    tables.flatMap((table) => (table.get(port) ?? []).map((inode) => ({ port, inode }))),
  );
  if (taken.length === 0) return [];
  const owners = socketOwners(new Set(taken.map(({ inode }) => inode)));
  return taken.map(({ port, inode }) => {
    const pid = owners.get(inode);
    return { port, pid, command: pid === undefined ? 'unknown' : commandLine(pid).slice(0, 3).join(' ') };
  });
}
