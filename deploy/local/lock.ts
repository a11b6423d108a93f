import { createHash } from 'node:crypto';
import { createConnection, createServer } from 'node:net';

/**
 * Locks between processes of this machine, held by the kernel: a lock is an abstract Unix socket that listens.
 * It leaves no file behind, so there is no stale lock to find out about after a `kill -9`.
 */
export interface Lock {
  release(): void;
}

/** Linux takes a name of up to this many bytes for a socket; the first one of ours is the NUL that makes it abstract. */
const LONGEST_ADDRESS = 107;

/** The socket of a lock. Names may hold paths of any length. */
export function lockAddress(name: string): string {
  const address = `\0btcnet:${name}`;
  if (Buffer.byteLength(address) <= LONGEST_ADDRESS) return address;
  return `\0btcnet:${createHash('sha256').update(name).digest('hex')}`;
}

function tryLock(address: string): Promise<Lock | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((waiter) => {
      waiter.on('error', () => undefined);
      waiter.end(String(process.pid));
    });
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => {
      server.unref();
      resolve({ release: () => server.close() });
    });
  });
}

function askHolder(address: string): Promise<string> {
  return new Promise((resolve) => {
    let pid = '';
    const socket = createConnection(address);
    socket.setEncoding('utf8').on('data', (chunk: string) => (pid += chunk));
    socket.on('error', () => {
      resolve('');
    });
    socket.on('close', () => {
      resolve(pid);
    });
  });
}

/** How often a waiting process tries again, in ms. */
const RETRY_INTERVAL = 300;

/**
 * Takes the lock of that name, waiting for as long as another process holds it.
 * @param onWait called once, with the holder's process id, when there is somebody to wait for.
 */
export async function acquireLock(name: string, onWait: (holder: string) => void): Promise<Lock> {
  const address = lockAddress(name);
  let told = false;
  for (;;) {
    const lock = await tryLock(address);
    if (lock) return lock;
    if (!told) {
      const holder = await askHolder(address);
      if (holder) {
        told = true;
        onWait(holder);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_INTERVAL));
  }
}
