/** A worker as a process of its own that tells how it is, as Kubernetes runs it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../worker/main.ts', import.meta.url));

/** Milliseconds that a worker may take for anything on a busy machine. */
const WITHIN_MS = 60_000;

export interface WorkerProcess {
  /** Status and text of an answer; null: nobody answers. */
  ask: (path: '/livez' | '/readyz' | '/metrics') => Promise<{ status: number; text: string } | null>;
  /** Asks until the answer is so, and returns it. */
  askUntil: (
    path: '/livez' | '/readyz' | '/metrics',
    isSo: (text: string, status: number) => boolean,
  ) => Promise<string>;
  /** Tells it to stop, as Kubernetes does, and returns how it ended. */
  stop: () => Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Everything that it has said. */
  said: () => string;
}

export async function startWorker(settings: Record<string, string>): Promise<WorkerProcess> {
  const port = await freePort();
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN], {
    env: { ...process.env, ...settings, BTCNET_HEALTH_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const ask: WorkerProcess['ask'] = async (path) => {
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return { status: response.status, text: await response.text() };
    } catch {
      return null;
    }
  };
  return {
    ask,
    askUntil: async (path, isSo) => {
      let text = 'no answer';
      for (const deadline = Date.now() + WITHIN_MS; Date.now() < deadline; await pause()) {
        const answer = await ask(path);
        if (answer !== null && isSo(answer.text, answer.status)) return answer.text;
        text = answer?.text ?? text;
      }
      throw new Error(`${path} said to the end: ${text}\nand the worker:\n${said.slice(-2_000)}`);
    },
    stop: async () => {
      child.kill('SIGTERM');
      const [code, signal] = await exit;
      return { code, signal };
    },
    said: () => said,
  };
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
