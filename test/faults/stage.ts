/**
 * Where faults happen: a real API server, etcd and Temporal server, and real workers that reach each of their partners through a proxy. The nodes
 * are stand-ins of Bitcoin Core behind fake pods.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LOOPBACK, PORTS, TEMPORAL_ADDRESS } from '../../deploy/local/addresses.ts';
import { workerKubeconfig } from '../../deploy/local/cluster/service-account.ts';
import { CHECKOUT, paths } from '../../deploy/local/locations.ts';
import { launch } from '../../deploy/local/processes/launch.ts';
import { livingRecord } from '../../deploy/local/processes/records.ts';
import { stopRecorded } from '../../deploy/local/processes/stop.ts';
import { Progress } from '../../deploy/local/progress.ts';
import { WORKER, workerEnvironment } from '../../deploy/local/worker.ts';
import { ensureWorkflowBundle } from '../../deploy/local/workflow-bundle.ts';
import { RPC_PORT } from '../../workflows/names.ts';
import { type FakeCluster, startFakeCluster } from '../bench/fake-cluster/fake-cluster.ts';
import { NodeFarm } from '../bench/fake-cluster/node-farm.ts';
import { Sight } from '../bench/fake-cluster/sight.ts';
import { CREDENTIALS } from '../bench/peering/networks.ts';
import { FaultyLink } from './faulty-link.ts';
import { RefusingApi } from './refusing-api.ts';
import type { Link } from './schedule.ts';

/** Where the proxies listen, and the nodes behind theirs. */
const PROXY_PORTS = { kubernetes: 26_443, refusals: 26_444, temporal: 27_233 } as const;
export const FARM_PORT = 28_332;

/** Milliseconds that a worker gets to end by itself. */
const WORKER_GRACE_MS = 20_000;

export class Stage {
  readonly cluster: FakeCluster;
  readonly farm: NodeFarm;
  readonly sight: Sight;
  readonly links: Readonly<Record<Link, FaultyLink>>;
  readonly api: RefusingApi;
  readonly #environment: NodeJS.ProcessEnv;
  #workers = 0;

  private constructor(
    parts: Pick<Stage, 'cluster' | 'farm' | 'sight' | 'links' | 'api'>,
    environment: NodeJS.ProcessEnv,
  ) {
    this.cluster = parts.cluster;
    this.farm = parts.farm;
    this.sight = parts.sight;
    this.links = parts.links;
    this.api = parts.api;
    this.#environment = environment;
  }

  /** Begins with one worker, and without networks. */
  static async open(note: (text: string) => void): Promise<Stage> {
    const cluster = await startFakeCluster(note);
    await stopRecorded(WORKER, 0);
    const farm = await new NodeFarm({ ...CREDENTIALS, latencyMs: () => 0, port: FARM_PORT }).start();
    const sight = new Sight(cluster.kubeconfig, farm);
    const api = await new RefusingApi({
      host: LOOPBACK,
      port: PROXY_PORTS.refusals,
      upstream: { host: LOOPBACK, port: PORTS.apiServer },
      cert: await readFile(paths.certificate('apiserver.crt'), 'utf8'),
      key: await readFile(paths.certificate('apiserver.key'), 'utf8'),
      ca: await readFile(paths.certificate('ca.crt'), 'utf8'),
    }).start();
    const fixed = (port: number) => () => ({ host: LOOPBACK, port });
    const link = (host: string, port: number, target: (address: string) => { host: string; port: number }) =>
      new FaultyLink({ host, port, target }).start();
    const links = {
      kubernetes: await link(LOOPBACK, PROXY_PORTS.kubernetes, fixed(PROXY_PORTS.refusals)),
      temporal: await link(LOOPBACK, PROXY_PORTS.temporal, fixed(PORTS.temporal)),
      nodes: await link('0.0.0.0', RPC_PORT, (host) => ({ host, port: FARM_PORT })),
    };
    const environment = await environmentOf();
    const stage = new Stage({ cluster, farm, sight, links, api }, environment);
    await stage.startWorker();
    return stage;
  }

  async close(): Promise<void> {
    this.sight.stop();
    await this.killWorkers();
    for (const link of Object.values(this.links)) await link.stop();
    await this.api.stop();
    await this.farm.stop();
    await this.cluster.stop();
  }

  /** Starts one beside those that run. */
  async startWorker(): Promise<void> {
    this.#workers += 1;
    await launch({
      name: nameOf(this.#workers),
      version: '',
      program: process.execPath,
      args: ['--disable-warning=ExperimentalWarning', join(CHECKOUT, 'worker', 'main.ts')],
      cwd: CHECKOUT,
      environment: this.#environment,
      signature: '',
    });
  }

  /** Those that run, but for the newest so many. */
  killWorkers({ but = 0 }: { but?: number } = {}): Promise<void> {
    return this.#end(but, 0);
  }

  /** Tells all to stop, and waits until they have. */
  stopWorkers(): Promise<void> {
    return this.#end(0, WORKER_GRACE_MS);
  }

  async #end(but: number, graceMs: number): Promise<void> {
    for (let number = 1; number <= this.#workers - but; number += 1) {
      if (livingRecord(nameOf(number)) !== undefined) await stopRecorded(nameOf(number), graceMs);
    }
  }
}

const nameOf = (number: number): string => `${WORKER}-${String(number)}`;

/** The worker's, led through the proxies. */
async function environmentOf(): Promise<NodeJS.ProcessEnv> {
  const kubeconfig = paths.kubeconfig('worker-through-proxy');
  const direct = await readFile(workerKubeconfig(), 'utf8');
  const proxy = `https://${LOOPBACK}:${String(PROXY_PORTS.kubernetes)}`;
  await writeFile(kubeconfig, direct.replace(/https:\/\/[^"]+/, proxy), { mode: 0o600 });
  const BTCNET_WORKFLOW_BUNDLE = await ensureWorkflowBundle(new Progress());
  return {
    ...workerEnvironment({ ...process.env, BTCNET_WORKFLOW_BUNDLE }, kubeconfig),
    TEMPORAL_ADDRESS: TEMPORAL_ADDRESS.replace(String(PORTS.temporal), String(PROXY_PORTS.temporal)),
  };
}
