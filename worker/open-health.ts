/** Puts together what tells others how the worker is: the checks, the worker's own state, and the server that answers. */
import type { NativeConnection, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { Cluster } from '../activities/kubernetes/cluster.ts';
import { faultCode } from '../activities/kubernetes/errors.ts';
import { Checks, kubernetesCheck, temporalCheck } from './checks.ts';
import { ConfigError, type WorkerConfig } from './config.ts';
import { serveHealth } from './health-server.ts';
import { liveness, problems, readiness, type Health } from './health.ts';
import { metricsText, type TroubleCount } from './metrics.ts';

/** What is there by now of the worker; null: not yet. */
export interface Served {
  connection: NativeConnection | null;
  worker: Worker | null;
}

interface Parts {
  cluster: Cluster;
  /** Of Temporal. */
  namespace: string;
  served: Readonly<Served>;
  stopping: AbortSignal;
  troubles: TroubleCount;
  log: Logger;
}

/** @throws ConfigError when the port cannot be had */
export async function openHealth(
  { healthPort, namespaces }: Pick<WorkerConfig, 'healthPort' | 'namespaces'>,
  { cluster, namespace, served, stopping, troubles, log }: Parts,
): Promise<{ close: () => Promise<void> }> {
  if (healthPort === null) return { close: () => Promise.resolve() };
  const checks = new Checks(
    { temporal: temporalCheck(() => served.connection, namespace), kubernetes: kubernetesCheck(cluster, namespaces) },
    log,
  );
  const health = (): Health => ({
    worker: served.worker?.getStatus() ?? null,
    stopping: stopping.aborted,
    checks: checks.findings,
  });
  const answers = {
    '/livez': () => liveness(health()),
    '/readyz': () => readiness(health(), Date.now()),
    '/metrics': () => metricsText(problems(health(), Date.now()), troubles.list()),
  };
  const server = await serveHealth(healthPort, answers).catch((error: unknown) => {
    throw new ConfigError(
      `BTCNET_HEALTH_PORT: the port ${healthPort} cannot be had (${faultCode(error) ?? 'no code'})`,
    );
  });
  // What is in the way of a worker that stops is nobody's trouble any more.
  checks.run(stopping);
  log.info({ port: server.port }, 'Health is told');
  return { close: () => server.close() };
}
