/** All benchmarks, each run in a process of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { StackError } from '../../deploy/local/stack-error.ts';
import { FAKE_CLUSTER_ENVIRONMENT } from './fake-cluster/environment.ts';
import type { BenchContext, Figure, Scenario } from './scenario.ts';

/** What the process of a scenario says. */
export type Told = { note: string } | { figures: Figure[] };

/** Where a scenario's `run` is to be found, and on what it works. */
function elsewhere(name: string, about: string, environment: Readonly<Record<string, string>>): Scenario {
  const run = async ({ size, note }: BenchContext): Promise<Figure[]> => {
    const child = fork(join(import.meta.dirname, 'run-scenario.ts'), [name, size], {
      env: { ...process.env, ...environment },
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    const results: Figure[][] = [];
    child.on('message', (told: Told) => {
      if ('note' in told) note(told.note);
      else results.push(told.figures);
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    const [figures] = results;
    if (code !== 0 || figures === undefined) {
      throw new StackError(`The scenario ${name} failed; what it said is above.`);
    }
    return figures;
  };
  return { name, about, run };
}

export const SCENARIOS: readonly Scenario[] = [
  elsewhere(
    'lifecycle',
    'until real nodes are peered, and what Kubernetes alone takes for the same pods; local stack',
    {},
  ),
  elsewhere(
    'peering',
    'from the last pod Ready to the last connection confirmed; real API server, pods without containers',
    FAKE_CLUSTER_ENVIRONMENT,
  ),
  elsewhere(
    'fleet',
    'many small networks: applied at once, at rest, changed, and after the worker was killed; real API server and Temporal server',
    FAKE_CLUSTER_ENVIRONMENT,
  ),
  elsewhere(
    'price',
    'what a network at rest and a busy one add to their histories, in events and in billable actions',
    FAKE_CLUSTER_ENVIRONMENT,
  ),
];
