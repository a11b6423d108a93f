/** What the worker's account may do, as the API server's authorizer says. */
import { join } from 'node:path';
import { WORKER_USER } from '../../deploy/local/cluster/service-account.ts';
import { runCommand } from '../../deploy/local/run-command.ts';

/** Groups of every service account: rights may be theirs. */
const GROUPS = ['system:serviceaccounts', 'system:serviceaccounts:bitcoin-controller', 'system:authenticated'];

export interface Ask {
  verb: string;
  /** `secrets`, `pods/exec`, `statefulsets.apps` */
  resource: string;
  name?: string;
  /** Left out: all namespaces. */
  namespace?: string;
}

function review({ verb, resource: given, name, namespace }: Ask): object {
  const [qualified = '', subresource] = given.split('/');
  const [resource = '', ...group] = qualified.split('.');
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: WORKER_USER,
      groups: GROUPS,
      resourceAttributes: { verb, group: group.join('.'), resource, subresource, name, namespace },
    },
  };
}

/** Answers to all of these questions, in their order. */
export async function allowedToWorker(asks: readonly Ask[]): Promise<boolean[]> {
  const list = { apiVersion: 'v1', kind: 'List', items: asks.map(review) };
  const args = ['create', '-f', '-', '-o', 'jsonpath={.status.allowed}{"\\n"}'];
  const answer = await runCommand(join(process.env['BTCNET_TEST_BIN'] ?? '', 'kubectl'), args, {
    input: JSON.stringify(list),
  });
  const lines = answer.trim().split('\n');
  if (lines.length !== asks.length) throw new Error(`${asks.length} questions got ${lines.length} answers.`);
  return lines.map((line) => line === 'true');
}
