/** A worker as a process of its own that tells how it is, as Kubernetes runs it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../worker/main.ts', import.meta.url));

/** Milliseconds that a worker may take for anything on a busy machine. */
const WITHIN_MS = 60_000;

type Path = '/livez' | '/readyz' | '/metrics';

interface HealthAnswers {
  /** Status and text of an answer; null: nobody answers. */
  ask: (path: Path) => Promise<{ status: number; text: string } | null>;
  /** Asks until the answer is so, and returns it. */
  askUntil: (path: Path, isSo: (text: string, status: number) => boolean) => Promise<string>;
}

interface WorkerEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface WorkerProcess extends HealthAnswers {
  /** Tells it to stop, as Kubernetes does, and returns how it ended. */
  stop: () => Promise<WorkerEnd>;
  ended: Promise<WorkerEnd>;
  /** Everything that it has said. */
  said: () => string;
}

export async function startWorker(settings: Record<string, string>): Promise<WorkerProcess> {
  const port = await freePort();
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN], {
    env: { ...process.env, ...settings, BTCNET_HEALTH_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // "close" comes when everything that it said has arrived.
  const ended = new Promise<WorkerEnd>((resolve) =>
    child.once('close', (code, signal) => {
      resolve({ code, signal });
    }),
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  return {
    ...healthOf(port, () => said),
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
    ended,
    said: () => said,
  };
}

/** @param said what the worker has said, for the message of a test that fails */
export function healthOf(port: number, said = (): string => ''): HealthAnswers {
  const ask: HealthAnswers['ask'] = async (path) => {
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return { status: response.status, text: await response.text() };
    } catch {
      return null;
    }
  };
  const askUntil: HealthAnswers['askUntil'] = async (path, isSo) => {
    let text = 'no answer';
    for (const deadline = Date.now() + WITHIN_MS; Date.now() < deadline;) {
      const answer = await ask(path);
      if (answer !== null && isSo(answer.text, answer.status)) return answer.text;
      text = answer?.text ?? text;
      await sleep(100);
    }
    throw new Error(`${path} said to the end: ${text}\nand the worker: ${said().slice(-2_000)}`);
  };
  return { ask, askUntil };
}

/** A port that nobody has at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
