/** The worker: puts workflows and activities together and serves them until it is told to stop. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { PeerSync } from '../activities/bitcoin/peers.ts';
import { RpcClient } from '../activities/bitcoin/rpc.ts';
import { createActivities } from '../activities/index.ts';
import { connectCluster, type Cluster } from '../activities/kubernetes/cluster.ts';
import { ClusterView } from '../activities/kubernetes/cluster-view.ts';
import { nodeReach } from '../activities/kubernetes/node-reach.ts';
import { OwnWrites } from '../activities/kubernetes/own-writes.ts';
import {
  ConfigError,
  MAX_ACTIVITIES,
  MAX_CACHED_WORKFLOWS,
  readConfig,
  SHUTDOWN_FORCE_MS,
  type WorkerConfig,
} from './config.ts';
import { activityLogger, createLog, temporalLogger } from './logging.ts';
import { TroubleCount } from './metrics.ts';
import { openHealth, type Served } from './open-health.ts';
import { hasSearchAttributes, registerSearchAttributes, SearchAttributes } from './search-attributes.ts';
import { TemporalSignals } from './signals.ts';
import { WORKFLOWS_PATH } from './workflows-path.ts';

/** Milliseconds between two looks whether the watch's workflow runs; it is started at once when it does not. */
const ENSURE_WATCH_MS = 60_000;

/** Milliseconds between two attempts to reach the Temporal server at the start. */
const CONNECT_RETRY_MS = 2_000;

/** A worker that died is waited for by its own sticky queue first; this is how long a message to its networks waits for nothing. */
const STICKY_TIMEOUT = '3s';

/** Milliseconds that a stop may take: a step that runs is finished, waits and watches are given up at once. */
const SHUTDOWN_GRACE_MS = 10_000;

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** What ends a worker: it was told to (0), something unforeseen (1, as Node itself does it), a setting that makes no sense (2). */
const EXIT_BAD_CONFIG = 2;

type ConnectionOptions = ReturnType<typeof loadClientConnectConfig>['connectionOptions'];

interface Parts {
  cluster: Cluster;
  connectionOptions: ConnectionOptions;
  /** Of Temporal. */
  namespace: string;
  /** Filled as the parts come to be, for whoever asks how the worker is. */
  served: Served;
  stopping: AbortSignal;
  log: Logger;
}

async function main(): Promise<void> {
  const config = readConfig(process.env, process.argv.slice(2));
  const troubles = new TroubleCount();
  const log = createLog(config, (level, fields) => {
    troubles.add(level, fields);
  });
  process.on('uncaughtExceptionMonitor', (error) => {
    log.error({ error }, 'Worker failed');
  });
  const cluster = clusterOf(config);
  const temporal = temporalSettings();
  const stopping = stopSignal();
  const served: Served = { connection: null, worker: null };
  const health = await openHealth(config, { cluster, namespace: temporal.namespace, served, stopping, troubles, log });
  try {
    await serve(config, { cluster, ...temporal, served, stopping, log });
  } finally {
    await health.close();
  }
  log.info('Worker stopped');
}

async function serve(
  config: WorkerConfig,
  { cluster, connectionOptions, namespace, served, stopping, log }: Parts,
): Promise<void> {
  const connection = await connect(connectionOptions, stopping, log);
  if (connection === null) return;
  served.connection = connection;
  const signals = new TemporalSignals(new Client({ connection, namespace }), config.taskQueue);
  const searchAttributes = new SearchAttributes(
    {
      ask: () => hasSearchAttributes(connection, namespace),
      register: () => registerSearchAttributes(connection, namespace),
    },
    log,
  );
  await searchAttributes.start();
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: config.taskQueue,
    ...workflowsOf(config),
    activities: activitiesOf(config, cluster, signals, searchAttributes, log, stopping),
    maxCachedWorkflows: MAX_CACHED_WORKFLOWS,
    maxConcurrentActivityTaskExecutions: MAX_ACTIVITIES,
    stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
    shutdownGraceTime: SHUTDOWN_GRACE_MS,
    shutdownForceTime: SHUTDOWN_FORCE_MS,
  });
  served.worker = worker;
  const stopWatching = config.watch ? keepWatching(signals, config, log) : () => undefined;
  log.info({ namespace, taskQueue: config.taskQueue, implementation: config.implementation }, 'Worker ready');
  try {
    await worker.run();
  } finally {
    stopWatching();
    searchAttributes.stop();
    await connection.close();
  }
}

function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const signal of STOP_SIGNALS)
    process.once(signal, () => {
      stopping.abort();
    });
  return stopping.signal;
}

/** Waits for a server that is not there yet: it may be starting, too. null: the worker is to stop. */
async function connect(
  options: ConnectionOptions,
  stopping: AbortSignal,
  log: Logger,
): Promise<NativeConnection | null> {
  while (!stopping.aborted) {
    // An attempt that fails takes the runtime with it, and another would have a log of its own.
    Runtime.install({ logger: temporalLogger(log), shutdownSignals: [...STOP_SIGNALS] });
    try {
      return await NativeConnection.connect(options);
    } catch (error) {
      log.warn({ address: options.address, error }, 'Temporal server cannot be reached');
      await sleep(CONNECT_RETRY_MS, undefined, { signal: stopping }).catch(() => undefined);
    }
  }
  return null;
}

const workflowsOf = ({ workflowBundle }: WorkerConfig) =>
  workflowBundle === undefined ? { workflowsPath: WORKFLOWS_PATH } : { workflowBundle: { codePath: workflowBundle } };

/** @throws ConfigError when there is no kubeconfig that can be used */
const clusterOf = ({ kubeconfig }: WorkerConfig): Cluster =>
  usable('the kubeconfig (--kubeconfig, KUBECONFIG)', () => connectCluster({ kubeconfig }));

/** @throws ConfigError when Temporal's own settings contradict each other, or their file is none */
const temporalSettings = (): Pick<Parts, 'connectionOptions' | 'namespace'> =>
  usable("Temporal's client configuration (TEMPORAL_…)", () => {
    const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
    return { connectionOptions, namespace };
  });

function usable<T>(what: string, load: () => T): T {
  try {
    return load();
  } catch (error) {
    // The lines below the first may quote the file, and with it a credential.
    const [cause] = error instanceof Error ? error.message.split('\n') : [];
    throw new ConfigError(`${what} cannot be used: ${cause ?? 'unknown error'}`);
  }
}

function activitiesOf(
  config: WorkerConfig,
  cluster: Cluster,
  signals: TemporalSignals,
  searchAttributes: SearchAttributes,
  log: Logger,
  stopping: AbortSignal,
) {
  const view = new ClusterView(cluster, config.namespaces);
  const reach = nodeReach(cluster, config.rpcTransport, (way) => {
    log.info({ way }, 'Way to the nodes found');
  });
  const rpc = new RpcClient(reach);
  const { now } = Date;
  return createActivities({
    cluster: view.cluster,
    view,
    log: activityLogger(log),
    ownWrites: new OwnWrites(),
    defaults: { implementation: config.implementation, image: config.image },
    now,
    rpc,
    peerSync: new PeerSync({ rpc, now }),
    resync: config.resync,
    tipMaxAgeMs: config.tipMaxAgeMs,
    signals,
    isSearchable: () => searchAttributes.found,
    stopping,
    nodeWatches: config.nodeWatches,
  });
}

/** Sees to it, now and once a minute, that somebody holds the watches and asks the nodes. Returns what ends that. */
function keepWatching(signals: TemporalSignals, { nodeWatches }: WorkerConfig, log: Logger): () => void {
  const ensure = (): void => {
    Promise.all([signals.ensureWatch(), signals.ensureNodeWatches(nodeWatches)]).catch((error: unknown) => {
      log.warn({ error }, 'Watch workflow could not be started');
    });
  };
  ensure();
  const timer = setInterval(ensure, ENSURE_WATCH_MS);
  return () => {
    clearInterval(timer);
  };
}

try {
  await main();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`btcnet worker: ${error.message}\n`);
  process.exitCode = EXIT_BAD_CONFIG;
}
