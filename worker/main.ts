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
import { ConfigError, MAX_ACTIVITIES, MAX_CACHED_WORKFLOWS, readConfig, type WorkerConfig } from './config.ts';
import { activityLogger, createLog, temporalLogger } from './logging.ts';
import { hasSearchAttributes, registerSearchAttributes, SearchAttributes } from './search-attributes.ts';
import { TemporalSignals } from './signals.ts';
import { WORKFLOWS_PATH } from './workflows-path.ts';

/** Milliseconds between two looks whether the watch's workflow runs; it is started at once when it does not. */
const ENSURE_WATCH_MS = 60_000;

/** Milliseconds between two attempts to reach the Temporal server at the start. */
const CONNECT_RETRY_MS = 2_000;

/** A worker that died is waited for by its own sticky queue first; this is how long a message to its networks waits for nothing. */
const STICKY_TIMEOUT = '3s';

/** What a stop may take: a step that runs is finished, waits and watches are given up at once. */
const SHUTDOWN_GRACE = '10s';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

async function main(): Promise<void> {
  const config = readConfig(process.env, process.argv.slice(2));
  const log = createLog(config);
  const cluster = clusterOf(config);
  Runtime.install({ logger: temporalLogger(log), shutdownSignals: [...STOP_SIGNALS] });
  const stopping = new AbortController();
  for (const signal of STOP_SIGNALS)
    process.once(signal, () => {
      stopping.abort();
    });
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const connection = await connect(connectionOptions, log);
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
    activities: activitiesOf(config, cluster, signals, searchAttributes, log, stopping.signal),
    maxCachedWorkflows: MAX_CACHED_WORKFLOWS,
    maxConcurrentActivityTaskExecutions: MAX_ACTIVITIES,
    stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
    shutdownGraceTime: SHUTDOWN_GRACE,
  });
  const stopWatching = config.watch ? keepWatching(signals, config, log) : () => undefined;
  log.info({ namespace, taskQueue: config.taskQueue, implementation: config.implementation }, 'Worker ready');
  try {
    await worker.run();
  } finally {
    stopWatching();
    searchAttributes.stop();
    await connection.close();
  }
  log.info('Worker stopped');
}

/** Waits for a server that is not there yet: it may be starting, too. */
async function connect(
  options: ReturnType<typeof loadClientConnectConfig>['connectionOptions'],
  log: Logger,
): Promise<NativeConnection> {
  for (;;) {
    try {
      return await NativeConnection.connect(options);
    } catch (error) {
      log.warn({ address: options.address, error }, 'Temporal server cannot be reached');
      await sleep(CONNECT_RETRY_MS);
    }
  }
}

const workflowsOf = ({ workflowBundle }: WorkerConfig) =>
  workflowBundle === undefined ? { workflowsPath: WORKFLOWS_PATH } : { workflowBundle: { codePath: workflowBundle } };

/** @throws ConfigError when there is no kubeconfig that can be used */
function clusterOf({ kubeconfig }: WorkerConfig): Cluster {
  try {
    return connectCluster({ kubeconfig });
  } catch (error) {
    const [cause] = error instanceof Error ? error.message.split('\n') : [];
    throw new ConfigError(`the kubeconfig (--kubeconfig, KUBECONFIG) cannot be used: ${cause ?? 'unknown error'}`);
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
  process.exitCode = 2;
}
