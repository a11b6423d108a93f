/** Answers the probes of Kubernetes and the collector of metrics. What it says is found out elsewhere, so that it never waits. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer } from './health.ts';

const TEXT = 'text/plain; charset=utf-8';
/** https://prometheus.io/docs/instrumenting/exposition_formats/ */
const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8';

export interface HealthAnswers {
  '/livez': () => Answer;
  '/readyz': () => Answer;
  '/metrics': () => string;
}

export interface HealthServer {
  port: number;
  close: () => Promise<void>;
}

/**
 * Listens on all addresses of the machine, because probes come to that of the pod.
 *
 * @param port 0: any that is free
 * @throws Error with the code of the system when the port cannot be had
 */
export async function serveHealth(port: number, answers: HealthAnswers): Promise<HealthServer> {
  const server = createServer(({ method, url = '' }, response) => {
    const [path = ''] = url.split('?');
    const { status, text, type } = answerTo(path, answers);
    const isRead = method === 'GET' || method === 'HEAD';
    response.writeHead(isRead ? status : 405, { 'content-type': type, 'cache-control': 'no-store' });
    response.end(isRead ? text : 'Only GET is answered.\n');
  });
  server.listen(port);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function answerTo(path: string, answers: HealthAnswers): { status: number; text: string; type: string } {
  switch (path) {
    case '/livez':
    case '/readyz':
      return { ...answers[path](), type: TEXT };
    case '/metrics':
      return { status: 200, text: answers[path](), type: PROMETHEUS };
    default:
      return { status: 404, text: 'There are /livez, /readyz and /metrics.\n', type: TEXT };
  }
}
