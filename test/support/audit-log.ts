/** The audit log of the local stack's API server: who asked for what, without bodies. */
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { paths } from '../../deploy/local/locations.ts';
import type { AuditEvent } from './rights.ts';

export interface Wanted {
  username: string;
  /** Tells the program from others that use its account. */
  userAgent: string;
  /** Milliseconds since 1970. */
  since: number;
}

/** Requests of one program since then, those in rotated files included. */
export async function auditEvents({ username, userAgent, since }: Wanted): Promise<AuditEvent[]> {
  const found: AuditEvent[] = [];
  for (const file of filesSince(since)) {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      // Most lines of a long log are somebody else's, and need no parsing.
      if (!line.includes(username)) continue;
      const event = eventOf(line);
      if (event?.user.username !== username || event.userAgent !== userAgent) continue;
      if (Date.parse(event.requestReceivedTimestamp) >= since) found.push(event);
    }
  }
  return found;
}

/** `audit.log`, and `audit-<time>.log` once it was full. */
function filesSince(since: number): string[] {
  const [directory, stem] = [dirname(paths.auditLog()), basename(paths.auditLog(), '.log')];
  return readdirSync(directory)
    .filter((name) => name === `${stem}.log` || (name.startsWith(`${stem}-`) && name.endsWith('.log')))
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).mtimeMs >= since);
}

/** null: a line that was cut off, as by a killed server. */
function eventOf(line: string): AuditEvent | null {
  try {
    return JSON.parse(line) as AuditEvent;
  } catch {
    return null;
  }
}
