/** The real cluster and the real Temporal server, as a user has them: through kubectl, the Temporal CLI and btcnet. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { BitcoinNetwork } from '../../workflows/facts.ts';
import type { NetworkDescription } from '../../workflows/messages.ts';
import {
  API_VERSION,
  DEFAULT_TASK_QUEUE,
  KIND,
  NETWORK_WORKFLOW,
  networkWorkflowId,
  podName,
  serviceName,
  statefulSetName,
} from '../../workflows/names.ts';
import { BTCD, type NodeSoftware, ON_CURRENT_CLUSTER } from './node-software.ts';
import { CHECKOUT } from '../../deploy/local/locations.ts';
import { runCommand, tryCommand, type CommandResult } from '../../deploy/local/run-command.ts';
import { stackStatus } from '../../deploy/local/status.ts';
import { up } from '../../deploy/local/up.ts';
import { Progress } from '../../deploy/local/progress.ts';

/** Milliseconds that anything may take on a busy machine before a test counts as failed. */
export const WITHIN_MS = 90_000;

/** The Secret of the examples, in the namespace of a test. The password can be searched for. */
export const CREDENTIALS = { user: 'canary-user', password: 'canary-password-5eed' } as const;
export const SECRET = 'bitcoin-default-secret';

const program = (name: string): string => join(process.env['BTCNET_TEST_BIN'] ?? '', name);

export const kubectl = (...args: string[]): Promise<string> => runCommand(program('kubectl'), args);
export const tryKubectl = (...args: string[]): Promise<CommandResult> => tryCommand(program('kubectl'), args);
export const temporal = (...args: string[]): Promise<string> => runCommand(program('temporal'), args);
export const tryTemporal = (...args: string[]): Promise<CommandResult> => tryCommand(program('temporal'), args);
export const btcnet = (...args: string[]): Promise<string> =>
  ON_CURRENT_CLUSTER
    ? runCommand(process.execPath, [join(CHECKOUT, 'client', 'main.ts'), ...args])
    : runCommand(program('btcnet'), args);
export const kubectlApply = (manifest: object): Promise<string> =>
  runCommand(program('kubectl'), ['apply', '-f', '-'], { input: JSON.stringify(manifest) });

/** As a client does that updates what it has read: refused if it was changed since then. */
export const kubectlReplace = (manifest: object): Promise<string> =>
  runCommand(program('kubectl'), ['replace', '-f', '-'], { input: JSON.stringify(manifest) });

/** Looks until it is so, and returns what was seen; fails saying what was waited for. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined | false | null>): Promise<T> {
  const deadline = Date.now() + WITHIN_MS;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false && seen !== null) return seen;
    if (Date.now() > deadline) throw new Error(`It was not seen within ${WITHIN_MS / 1000} s that ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The worker of the local stack, with these settings (`BTCNET_…`); the same one where it runs so already. */
export async function runWorker(settings: Record<string, string> = {}): Promise<number> {
  const before = Object.keys(settings).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, settings);
  try {
    const { worker } = await up({ worker: true, progress: new Progress() });
    if (worker === null) throw new Error('The local stack runs no worker.');
    return worker.pid;
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  }
}

/** The worker whose networks run this unless they say otherwise; on another cluster it runs already. */
export async function runWorkerFor(software: NodeSoftware): Promise<void> {
  if (!ON_CURRENT_CLUSTER) await runWorker(await software.workerSettings());
}

/** Kills the worker the hard way, as a crash would. */
export function killWorker(): void {
  const { worker } = stackStatus();
  if (!worker?.running) throw new Error('There is no worker to kill.');
  process.kill(worker.pid, 'SIGKILL');
}

/** A namespace of a test's own, with the examples' Secret in it. */
export async function makeNamespace(purpose: string): Promise<string> {
  const namespace = `test-${purpose}-${randomBytes(3).toString('hex')}`;
  await kubectl('create', 'namespace', namespace);
  await makeSecret(namespace, SECRET);
  return namespace;
}

/** A Secret as networks want it. */
export const makeSecret = (namespace: string, name: string): Promise<string> =>
  kubectlApply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    stringData: { BC_RPC_USER: CREDENTIALS.user, BC_RPC_PASSWORD: CREDENTIALS.password },
  });

export const removeNamespace = (namespace: string): Promise<string> =>
  kubectl('delete', 'namespace', namespace, '--wait=false');

/** `RUNNING`, `COMPLETED`, … of a workflow's newest run. */
export async function workflowStatus(workflowId: string): Promise<string> {
  const text = await temporal('workflow', 'describe', '--workflow-id', workflowId, '-o', 'json');
  const { workflowExecutionInfo } = JSON.parse(text) as { workflowExecutionInfo: { status: string } };
  return workflowExecutionInfo.status.replace('WORKFLOW_EXECUTION_STATUS_', '');
}

/** Events of a workflow's newest run. */
export async function historyLength(workflowId: string): Promise<number> {
  const text = await temporal('workflow', 'describe', '--workflow-id', workflowId, '-o', 'json');
  const { workflowExecutionInfo } = JSON.parse(text) as { workflowExecutionInfo: { historyLength: string } };
  return Number(workflowExecutionInfo.historyLength);
}

/** What a network's workflow says of itself. */
export async function describeNetwork(workflowId: string): Promise<NetworkDescription> {
  const text = await temporal('workflow', 'query', '--workflow-id', workflowId, '--type', 'describe', '-o', 'json');
  return (JSON.parse(text) as { queryResult: [NetworkDescription] }).queryResult[0];
}

interface AddedNode {
  addednode: string;
  addresses: { address: string }[];
}

/** One network, seen and handled from outside. */
export class Network {
  readonly namespace: string;
  readonly name: string;
  readonly software: NodeSoftware;

  constructor(namespace: string, name: string, software = BTCD) {
    this.namespace = namespace;
    this.name = name;
    this.software = software;
  }

  get workflowId(): string {
    return networkWorkflowId(this.namespace, this.name);
  }

  declare(nodes: number): Promise<string> {
    const { namespace, name } = this;
    return kubectlApply({
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: { namespace, name },
      spec: { nodes, secret: SECRET },
    });
  }

  kubectl(...args: string[]): Promise<string> {
    return kubectl('-n', this.namespace, ...args);
  }

  async resource(): Promise<BitcoinNetwork | null> {
    const text = await this.kubectl('get', 'bitcoinnetwork', this.name, '-o', 'json', '--ignore-not-found');
    return text === '' ? null : (JSON.parse(text) as BitcoinNetwork);
  }

  scale(nodes: number): Promise<string> {
    return this.kubectl('scale', `bitcoinnetwork/${this.name}`, `--replicas=${nodes}`);
  }

  delete(): Promise<string> {
    return this.kubectl('delete', 'bitcoinnetwork', this.name, '--wait=false');
  }

  /** Whether its status is about its present spec and every condition is true. */
  converged(nodes: number): Promise<BitcoinNetwork> {
    return eventually(`${this.name} has converged on ${nodes} nodes`, async () => {
      const network = await this.resource();
      const good = network?.status?.conditions?.filter(
        (one) => one.status === 'True' && one.observedGeneration === network.metadata.generation,
      );
      return network?.spec.nodes === nodes && good?.length === 3 && network;
    });
  }

  /** What a node itself answers, asked with its own command line in its pod. */
  async ask(ordinal: number, ...call: string[]): Promise<string> {
    return (await this.kubectl('exec', podName(this.name, ordinal), '--', ...this.software.cli, ...call)).trim();
  }

  async height(ordinal: number): Promise<number> {
    return Number(await this.ask(ordinal, 'getblockcount'));
  }

  /** Every node, asked itself, is on one tip of this height. */
  async sameTip(nodes: number, height: number): Promise<string> {
    return eventually(`all ${nodes} nodes of ${this.name} are on one tip of height ${height}`, async () => {
      const ordinals = Array.from({ length: nodes }, (_, ordinal) => ordinal);
      const tips = await Promise.all(ordinals.map((ordinal) => this.ask(ordinal, 'getbestblockhash').catch(() => '')));
      const heights = await Promise.all(ordinals.map((ordinal) => this.height(ordinal).catch(() => -1)));
      return heights.every((one) => one === height) && new Set(tips).size === 1 && tips[0];
    });
  }

  /** Addresses of the nodes that a node is connected to, each once, sorted. */
  async peersOf(ordinal: number): Promise<string[]> {
    const peers = JSON.parse(await this.ask(ordinal, 'getpeerinfo')) as { addr: string }[];
    // Bitcoin Core shows a node that it dialled by name by that name; where the name led stands in the list of added nodes.
    const entries = this.software.implementation === 'bitcoin-core' ? await this.entriesOf(ordinal) : [];
    const led = new Map(entries.map(({ addednode, addresses: [first] }) => [addednode, first?.address]));
    return [...new Set(peers.map(({ addr }) => (led.get(addr) ?? addr).replace(/:\d+$/, '')))].sort();
  }

  /** A node's list of added nodes; only Bitcoin Core's says what it is asked. */
  async entriesOf(ordinal: number): Promise<AddedNode[]> {
    return JSON.parse(await this.ask(ordinal, 'getaddednodeinfo')) as AddedNode[];
  }

  async addressOf(ordinal: number): Promise<string> {
    return this.kubectl('get', 'pod', podName(this.name, ordinal), '-o', 'jsonpath={.status.podIP}');
  }

  /** Every one of these nodes is connected to every other, and to nobody else. */
  async fullMesh(nodes: number): Promise<void> {
    const ordinals = Array.from({ length: nodes }, (_, ordinal) => ordinal);
    await eventually(`the ${nodes} nodes of ${this.name} are connected to each other and nobody else`, async () => {
      const addresses = await Promise.all(ordinals.map((ordinal) => this.addressOf(ordinal).catch(() => '')));
      const peers = await Promise.all(ordinals.map((ordinal) => this.peersOf(ordinal).catch(() => [])));
      return peers.every((found, ordinal) => {
        const others = addresses.filter((_, other) => other !== ordinal).sort();
        return JSON.stringify(found) === JSON.stringify(others);
      });
    });
  }

  /** What is left of the network and its children, as `kind/name`. */
  async remains(): Promise<string[]> {
    const names = await this.kubectl('get', 'bitcoinnetworks,services,statefulsets,pods,secrets', '-o', 'name');
    return names
      .split('\n')
      .filter((line) => line.split('/')[1]?.startsWith(this.name))
      .sort();
  }

  /** Wakes the workflow, as a watch would. */
  reconcile(): Promise<string> {
    return temporal('workflow', 'signal', '--workflow-id', this.workflowId, '--name', 'reconcile');
  }

  /** Starts the workflow by hand, for want of a watch. */
  follow(): Promise<string> {
    const { namespace, name } = this;
    const input = JSON.stringify({ namespace, name });
    return temporal(
      'workflow',
      'start',
      '--workflow-id',
      this.workflowId,
      '--type',
      NETWORK_WORKFLOW,
      '--task-queue',
      DEFAULT_TASK_QUEUE,
      '--input',
      input,
    );
  }

  workflowStatus(): Promise<string> {
    return workflowStatus(this.workflowId);
  }

  get children(): { service: string; statefulSet: string } {
    return { service: serviceName(this.name), statefulSet: statefulSetName(this.name) };
  }
}
