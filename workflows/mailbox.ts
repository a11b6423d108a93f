/** How `bitcoinNetwork` takes its messages: signals are recorded and never throw, Updates are refused before they reach history. */
import { ApplicationFailure, condition, setHandler } from '@temporalio/workflow';
import * as activity from './activities.ts';
import { enter, failed, worked } from './diary.ts';
import { failureOf } from './failures.ts';
import { complain, convergenceOf, outcomeOf, refOf, wishFor, type Memory } from './memory.ts';
import {
  deleteSignal,
  mineUpdate,
  reconcileSignal,
  scaleSignal,
  setNodesAndWaitUpdate,
  setNodesUpdate,
  type Convergence,
  type Mined,
  type MineRequest,
} from './messages.ts';
import { mineProblem, parseNodes } from './spec.ts';

/** An Update that waits for convergence ends by then with what it has, so that it never holds up continue-as-new for good. */
const CONVERGENCE_LIMIT = '10m';

export function listen(network: Memory): void {
  setHandler(reconcileSignal, (why) => {
    network.woken = true;
    network.why = typeof why === 'string' ? why : 'somebody says so';
  });
  setHandler(deleteSignal, () => {
    network.deleteRequested = true;
    network.why = 'somebody asks to delete the network';
    write(network, 'Somebody asks to delete the network');
    network.woken = true;
  });
  setHandler(scaleSignal, (input) => {
    const parsed = parseNodes(input);
    if ('nodes' in parsed) wish(network, parsed.nodes);
    else complain(network, `The signal scale was ignored: ${parsed.problem}.`);
  });

  setHandler(
    setNodesUpdate,
    (input) => {
      const nodes = nodesIn(input);
      wish(network, nodes);
      return { nodes, message: `${nodes} nodes will be declared for ${network.namespace}/${network.name}.` };
    },
    { validator: (input) => void nodesIn(input) },
  );
  setHandler(setNodesAndWaitUpdate, (input) => converge(network, nodesIn(input)), {
    validator: (input) => void nodesIn(input),
  });
  setHandler(mineUpdate, (request) => mine(network, request), { validator: refuseBadRequest });
}

const write = (network: Memory, what: string): void => {
  enter(network.diary, what, new Date().toISOString());
};

function wish(network: Memory, nodes: number): number {
  network.why = `somebody asks for ${nodes} nodes`;
  write(network, `Somebody asks for ${nodes} nodes`);
  return wishFor(network, nodes);
}

function nodesIn(input: unknown): number {
  const parsed = parseNodes(input);
  if ('nodes' in parsed) return parsed.nodes;
  throw ApplicationFailure.nonRetryable(parsed.problem, 'InvalidNodes');
}

async function converge(network: Memory, nodes: number): Promise<Convergence> {
  const number = wish(network, nodes);
  await condition(() => outcomeOf(network, number) !== null, CONVERGENCE_LIMIT, {
    summary: `Somebody waits for ${nodes} nodes`,
  });
  const outcome = outcomeOf(network, number);
  if (outcome === 'refused' && network.refused) {
    throw ApplicationFailure.nonRetryable(network.refused.message, network.refused.reason);
  }
  return convergenceOf(network, nodes, outcome === null || outcome === 'refused' ? 'timed-out' : outcome);
}

function refuseBadRequest(request: MineRequest): void {
  const problem = mineProblem(request);
  if (problem) throw ApplicationFailure.nonRetryable(problem, 'InvalidMineRequest');
}

async function mine(network: Memory, request: MineRequest): Promise<Mined> {
  if (network.uid === null) {
    throw ApplicationFailure.nonRetryable(`There is no network ${network.namespace}/${network.name} yet.`, 'NotFound');
  }
  try {
    const mined = await activity.mine(request.blocks)({ ...request, network: refOf(network, network.uid) });
    write(network, worked(`Mine ${mined.blocks} blocks on node ${mined.node}: height ${mined.height}`));
    return mined;
  } catch (error) {
    const { reason, message } = failureOf(error);
    write(network, failed(`Mine ${request.blocks} blocks`, { reason, message }));
    throw ApplicationFailure.nonRetryable(message, reason);
  } finally {
    network.mined = true;
    network.woken = true;
    network.why = 'blocks were mined';
  }
}
