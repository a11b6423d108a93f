/**
 * `npm run demo`: a network of real nodes from nothing, mined on, scaled while its worker is killed, and healed. Each step is
 * checked on the nodes themselves; the exit code is 0 only if every one was seen to work.
 */
import { parseArgs } from 'node:util';
import { BtcnetClient } from '../../client/index.ts';
import type { BitcoinNetwork } from '../../workflows/facts.ts';
import { podName, networkWorkflowId } from '../../workflows/names.ts';
import type { Implementation } from '../../workflows/spec.ts';
import { Progress } from '../local/progress.ts';
import { runCommand } from '../local/run-command.ts';
import { Nodes } from './nodes.ts';
import { currentCluster, localStack, type Surroundings } from './surroundings.ts';

const NAME = 'demo';
const NAMESPACE = 'default';
const BLOCKS = 101;

/** Milliseconds that a step may take, on a machine that is busy with other things. */
const STEP_WITHIN_MS = 120_000;

const progress = new Progress();

const { values } = parseArgs({ options: { 'use-current-cluster': { type: 'boolean', default: false } } });
const surroundings = values['use-current-cluster'] ? await currentCluster(process.env) : await localStack();
const btcnet = new BtcnetClient({ kubeconfig: surroundings.kubeconfig, temporalAddress: surroundings.temporalAddress });
async function demonstrate(where: Surroundings): Promise<void> {
  const here = { namespace: NAMESPACE };
  if ((await btcnet.list(here)).some(({ metadata }) => metadata.name === NAME)) {
    await step(`removing the network "${NAME}" of an earlier run`, async () => {
      await btcnet.delete(NAME, { ...here, timeoutMs: STEP_WITHIN_MS });
    });
  }

  await step('a network of 3 nodes, connected to each other', async (say) => {
    await btcnet.apply({ name: NAME, namespace: NAMESPACE, spec: { nodes: 3 } });
    await converged(say);
  });
  const nodes = new Nodes(where, NAME, NAMESPACE, implementationOf());

  await step(`${BLOCKS} blocks mined on node 0 are on every node`, async (say) => {
    await btcnet.mine(NAME, { blocks: BLOCKS, node: 0 }, { ...here, timeoutMs: STEP_WITHIN_MS });
    await sameTip(nodes, 3, BLOCKS, say);
  });

  await step('scaled to 4, and the worker killed (-9) in the middle of it', async (say) => {
    await btcnet.requestNodes(NAME, 4, here);
    await until('the fourth pod is being made', async () => (await podsOf(where)) >= 4);
    process.kill(where.workerPid(), 'SIGKILL');
    say('worker killed, starting another');
    await where.startWorker();
    await converged(say);
    await sameTip(nodes, 4, BLOCKS, say);
  });

  const healed = await step('a pod deleted, its successor connected and on the tip', async (say) => {
    const before = await uidOf(where, 1);
    const start = Date.now();
    await runCommand(where.kubectl, ['delete', 'pod', '-n', NAMESPACE, podName(NAME, 1), '--wait=false']);
    await until('there is a new pod', async () => ![before, ''].includes(await uidOf(where, 1)));
    await until('its connections are there', async () => (await connections(nodes, 1)) >= 3);
    await sameTip(nodes, 4, BLOCKS, say);
    await converged(say);
    return (Date.now() - start) / 1000;
  });
  console.log(`\nHealed in ${healed.toFixed(1)} s.`);

  await btcnet.wait(NAME, 'converged', { ...here, timeoutMs: STEP_WITHIN_MS });
  console.log(`\n${await runCommand(where.kubectl, ['get', 'bitcoinnetworks', '-n', NAMESPACE])}`);
}

/** Announces a step, runs it, and says that it was seen to work. */
function step<T>(title: string, run: (say: (line: string) => void) => Promise<T>): Promise<T> {
  return progress.run(title, (shown) =>
    run((line) => {
      shown.note(line);
    }),
  );
}

async function converged(say: (line: string) => void): Promise<BitcoinNetwork | null> {
  return btcnet.wait(NAME, 'converged', { namespace: NAMESPACE, timeoutMs: STEP_WITHIN_MS, onProgress: say });
}

/** Every node, asked itself, is on one tip of this height. */
async function sameTip(nodes: Nodes, count: number, height: number, say: (line: string) => void): Promise<void> {
  let lines: string[] = [];
  await until(`all ${count} nodes are on one tip of height ${height}`, async () => {
    const chains = await Promise.all(Array.from({ length: count }, (_, ordinal) => nodes.chainOf(ordinal)));
    lines = chains.map((chain, ordinal) => `    node ${ordinal}  height ${chain.height}  tip ${chain.tip}`);
    say(`heights ${chains.map((chain) => chain.height).join(', ')}`);
    return chains.every((chain) => chain.height === height && chain.tip === chains[0]?.tip);
  });
  progress.say(lines.join('\n'));
}

/** A node whose container is still starting has none. */
const connections = (nodes: Nodes, ordinal: number): Promise<number> => nodes.connectionsOf(ordinal).catch(() => 0);

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + STEP_WITHIN_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`It was not seen within ${STEP_WITHIN_MS / 1000} s that ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function podsOf({ kubectl }: Surroundings): Promise<number> {
  const names = await runCommand(kubectl, ['get', 'pods', '-n', NAMESPACE, '-l', `app=${NAME}`, '-o', 'name']);
  return names.split('\n').filter((line) => line !== '').length;
}

const uidOf = async ({ kubectl }: Surroundings, ordinal: number): Promise<string> =>
  (
    await runCommand(kubectl, [
      'get',
      'pod',
      '-n',
      NAMESPACE,
      podName(NAME, ordinal),
      '-o',
      'jsonpath={.metadata.uid}',
      '--ignore-not-found',
    ])
  ).trim();

/** What the nodes of the demonstration run: the installation's default, which the local stack sets to btcd. */
function implementationOf(): Implementation {
  const set = process.env['BTCNET_DEFAULT_IMPLEMENTATION'];
  if (set === 'bitcoin-core' || set === 'btcd') return set;
  return values['use-current-cluster'] ? 'bitcoin-core' : 'btcd';
}

function whatNext({ shellSetup, ui, farewell }: Surroundings): string {
  return `Every step was seen to work. All of it goes on running. The Web UI: ${ui}

What to try next (paste as it is):

    ${shellSetup}
    kubectl get bitcoinnetworks
    kubectl describe bitcoinnetwork ${NAME}
    kubectl scale bitcoinnetwork/${NAME} --replicas=5
    kubectl wait --for=condition=Peered bitcoinnetwork/${NAME} --timeout=60s
    btcnet mine ${NAME} 10
    btcnet describe ${NAME}
    temporal workflow query --workflow-id ${networkWorkflowId(NAMESPACE, NAME)} --type describe
    temporal workflow signal --workflow-id ${networkWorkflowId(NAMESPACE, NAME)} --name scale --input '{"nodes": 3}'
    kubectl delete bitcoinnetwork ${NAME}

    ${farewell()}
`;
}

try {
  await demonstrate(surroundings);
  console.log(whatNext(surroundings));
} finally {
  await btcnet.close();
}
