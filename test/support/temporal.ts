/** A worker around the activities of a test, on the server that the setup started or on a time-skipping one. */
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { WorkflowNotFoundError, type WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { Activities } from '../../workflows/activities.ts';
import type { NetworkInput } from '../../workflows/messages.ts';
import type { bitcoinNetwork } from '../../workflows/index.ts';
import { NETWORK_WORKFLOW } from '../../workflows/names.ts';

/** Only what a test run should not contain is worth a line. */
Runtime.install({ logger: new DefaultLogger('ERROR') });

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests through "npm test" or "npm run test:unit"`);
  return value;
}

/** @param namespace one of the server's; its default one has the search attributes of networks */
export const devServer = (namespace = 'default'): Promise<TestWorkflowEnvironment> =>
  TestWorkflowEnvironment.createFromExistingServer({ address: setting('BTCNET_TEST_TEMPORAL'), namespace });

export const timeSkippingServer = (): Promise<TestWorkflowEnvironment> =>
  TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: setting('BTCNET_TEST_TIME_SKIPPING_SERVER') } },
  });

let queues = 0;

export interface Stage {
  environment: TestWorkflowEnvironment;
  taskQueue: string;
  workflowId: string;
  start: (input?: NetworkInput) => Promise<WorkflowHandleWithFirstExecutionRunId<typeof bitcoinNetwork>>;
}

/** Runs the story with a worker at its side, and ends the worker with it. */
export async function withWorker<T>(
  environment: TestWorkflowEnvironment,
  activities: Partial<Activities>,
  story: (stage: Stage) => Promise<T>,
  options: Pick<WorkerOptions, 'dataConverter'> = {},
): Promise<T> {
  queues += 1;
  const taskQueue = `test-${process.pid}-${queues}`;
  const workflowId = `bitcoin-network/${taskQueue}/my-network`;
  const worker = await Worker.create({
    ...options,
    connection: environment.nativeConnection,
    namespace: environment.client.options.namespace,
    taskQueue,
    workflowBundle: { codePath: setting('BTCNET_TEST_BUNDLE') },
    activities,
    stickyQueueScheduleToStartTimeout: '1s',
    shutdownGraceTime: '1s',
  });
  const start = (input: NetworkInput = {}): Promise<WorkflowHandleWithFirstExecutionRunId<typeof bitcoinNetwork>> =>
    environment.client.workflow.start<typeof bitcoinNetwork>(NETWORK_WORKFLOW, {
      taskQueue,
      workflowId,
      args: [input],
    });
  return worker.runUntil(async () => {
    try {
      return await story({ environment, taskQueue, workflowId, start });
    } finally {
      // A workflow that nobody works for any more would keep a time-skipping server from skipping.
      await environment.client.workflow
        .getHandle(workflowId)
        .terminate('the test is over')
        .catch((error: unknown) => {
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        });
    }
  });
}

/** Looks until it is so; fails after 20 s, saying what was waited for. */
export async function eventually(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not within 20 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
