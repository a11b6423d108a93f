import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { commandLine } from './identity.ts';

const LISTENING = '0A';
const MAPPED_IPV4 = '0000000000000000FFFF0000';

/** A socket that listens. */
export interface ListeningSocket {
  port: number;
  /** `*` where it takes connections to any address. */
  address: string;
  inode: string;
}

/** 0100007F → 127.0.0.1: the kernel writes the bytes of an address as one little-endian number. */
function ipv4Of(hex: string): string {
  return (hex.match(/../g) ?? [])
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');
}

/** IPv6 addresses stay as the kernel writes them: none is ever asked for. */
function addressOf(hex: string): string {
  if (/^0+$/.test(hex)) return '*';
  if (hex.length === 8) return ipv4Of(hex);
  return hex.startsWith(MAPPED_IPV4) ? ipv4Of(hex.slice(MAPPED_IPV4.length)) : hex;
}

/** Who listens, from the text of /proc/net/tcp or tcp6. */
export function parseListeners(table: string): ListeningSocket[] {
  return table.split('\n').flatMap((line) => {
    const [, local = '', , socketState, , , , , , inode] = line.trim().split(/\s+/);
    const [, address, port] = /^([0-9A-F]+):([0-9A-F]+)$/.exec(local) ?? [];
    if (address === undefined || port === undefined || inode === undefined || socketState !== LISTENING) return [];
    return [{ port: Number.parseInt(port, 16), address: addressOf(address), inode }];
  });
}

/** A TCP port that is wanted. */
export interface Endpoint {
  port: number;
  /** Only this address is wanted: whoever listens at another one is not in the way. */
  address?: string;
}

/** Whether somebody who wants this endpoint finds it taken by that socket. */
export function isTakenBy(wanted: Endpoint, socket: Endpoint): boolean {
  if (wanted.port !== socket.port) return false;
  return wanted.address === undefined || socket.address === '*' || socket.address === wanted.address;
}

export interface Listener {
  port: number;
  /** Undefined where the owner cannot be seen, as from inside a container. */
  pid: number | undefined;
  command: string;
}

function readTable(path: string): ListeningSocket[] {
  try {
    return parseListeners(readFileSync(path, 'utf8'));
  } catch {
    return [];
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

/** As much of a command line as is shown of it. */
const SHOWN_LENGTH = 80;

/** What a process calls itself: its command line, or its short name where that is empty. */
function nameOf(pid: number): string {
  // A word may be a whole program, as in `python -c`.
  const words = commandLine(pid).slice(0, 3).join(' ').replace(/\s+/g, ' ').slice(0, SHOWN_LENGTH);
  if (words !== '') return words;
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}

/** Who listens on any of these. */
export function findListeners(wanted: readonly Endpoint[]): Listener[] {
  const sockets = [...readTable('/proc/net/tcp'), ...readTable('/proc/net/tcp6')];
  const taken = sockets.filter((socket) => wanted.some((endpoint) => isTakenBy(endpoint, socket)));
  if (taken.length === 0) return [];
  const owners = socketOwners(new Set(taken.map(({ inode }) => inode)));
  return taken.map(({ port, inode }) => {
    const pid = owners.get(inode);
    return { port, pid, command: pid === undefined ? 'unknown' : nameOf(pid) };
  });
}
