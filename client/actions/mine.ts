/** Mining blocks on one node of a network, through its workflow. */
import type { Mined, MineRequest } from '../../workflows/messages.ts';
import { mineProblem } from '../../workflows/spec.ts';
import { BtcnetError } from '../errors.ts';
import type { NetworkId } from '../network-id.ts';
import { noWorkflow } from '../temporal/no-workflow.ts';
import type { NetworkWorkflows } from '../temporal/network-workflows.ts';

/** Throws `REFUSED` for nonsense, `NOT_FOUND`, `UNREACHABLE` when no worker answers, `TIMED_OUT` after `timeoutMs`. */
export async function mine(
  workflows: NetworkWorkflows,
  network: NetworkId,
  request: MineRequest,
  timeoutMs: number,
): Promise<Mined> {
  const problem = mineProblem(request);
  if (problem) throw new BtcnetError('REFUSED', problem);
  // An Update that nobody takes may be taken much later, when the caller has long asked again.
  if (!(await workflows.describe(network))) throw noWorkflow(network);
  return workflows.mine(network, request, timeoutMs);
}
