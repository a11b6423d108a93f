/** Nothing in a history grows with the number of nodes, nor with what others have to say. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import proto from '@temporalio/proto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { btcd } from '../../activities/bitcoin/dialects/btcd.ts';
import type { NodeLook } from '../../activities/bitcoin/dialect.ts';
import { buildReport } from '../../activities/bitcoin/report.ts';
import { RpcFault } from '../../activities/bitcoin/rpc-fault.ts';
import { applicationFailure } from '../../activities/failures.ts';
import { ApiError } from '../../activities/kubernetes/errors.ts';
import { podFacts } from '../../activities/kubernetes/pods.ts';
import { readinessOf } from '../../activities/kubernetes/readiness.ts';
import { judge } from '../../activities/observe.ts';
import type { Activities } from '../../workflows/activities.ts';
import type { BitcoinNetwork, NetworkFacts, PodFacts } from '../../workflows/facts.ts';
import { describeQuery, reconcileSignal, type NetworkDescription } from '../../workflows/messages.ts';
import { containerName, MAX_NODES } from '../../workflows/names.ts';
import type { LookInput, PeersReport } from '../../workflows/observation.ts';
import { desiredStatus } from '../../workflows/status.ts';
import { dials } from '../../workflows/topology.ts';
import { aLivePod } from '../activities/kubernetes/live-objects.ts';
import { member } from '../activities/bitcoin/world.ts';
import { aNetwork, aReport, pods, theFacts } from '../support/facts.ts';
import { devServer, eventually, withWorker, type Stage } from '../support/temporal.ts';

jest.setTimeout(120_000);

/** Bytes of one event: a payload is a part of it. */
const EVENT_MAX_BYTES = 64 * 1024;

/** Longer than anybody should be, and two bytes for each character. */
const ENDLESS = 'ä'.repeat(100_000);

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await devServer();
});
afterAll(async () => {
  await environment.teardown();
});

type Facts = NetworkFacts & { network: BitcoinNetwork };

/** Every pod waits for something, and the kubelet says at length for what. */
const troubledPods = (): PodFacts[] =>
  Array.from({ length: MAX_NODES }, (_, ordinal) => {
    const state = { waiting: { reason: 'RunContainerError', message: ENDLESS } };
    return podFacts('my-network', aLivePod(ordinal, { status: { containerStatuses: [{ name: containerName('my-network'), state }] } })); // prettier-ignore
  }).filter((pod) => pod !== null);

/** No node answers, and each says at length why; or each is on a chain of its own, with strangers among its peers. */
function troubledReport(trouble: 'silent' | 'scattered'): PeersReport {
  const members = Array.from({ length: MAX_NODES }, (_, ordinal) => member(ordinal));
  const look = (ordinal: number): NodeLook => ({
    height: 7,
    tip: ordinal.toString(16).padStart(64, '0'),
    peers: [{ id: 1, address: '203.0.113.7', inbound: true, link: `203.0.113.7:${ordinal}` }],
    entries: null,
  });
  const silent = trouble === 'silent';
  return buildReport(
    members,
    {
      at: new Date(),
      looks: new Map(silent ? [] : members.map(({ ordinal }) => [ordinal, look(ordinal)])),
      faults: new Map(silent ? members.map(({ ordinal, pod }) => [ordinal, new RpcFault('CallFailed', pod, -1, ENDLESS)]) : []), // prettier-ignore
    },
    dials,
    btcd,
  );
}

/** What the API server says to a step, as the worker hands it to Temporal. */
const refusal = (): Error =>
  applicationFailure(
    new ApiError(
      { verb: 'patch', kind: 'StatefulSet', namespace: 'default', name: 'my-network-sts' },
      { status: 500, body: { reason: 'InternalError', message: ENDLESS } },
    ),
  );

/** A network of 5,000 nodes that lives through what a test makes of its facts. */
class Colossus {
  facts: Facts;
  refuses = false;

  constructor() {
    const network = aNetwork({ nodes: MAX_NODES });
    this.facts = { ...theFacts({ network, pods: [], peers: null, replicas: null, service: 'missing', statefulSet: 'missing' }), network }; // prettier-ignore
  }

  activities(): Partial<Activities> {
    const step = (made: Partial<Facts>) => () => {
      if (this.refuses) return Promise.reject(refusal());
      this.facts = { ...this.facts, ...made };
      return Promise.resolve('done');
    };
    const report = () => (this.refuses ? Promise.reject(refusal()) : Promise.resolve(this.facts.peers));
    return {
      observe: (input) => Promise.resolve(this.#look(input)),
      ensureCredentials: step({ credentials: 'ours' }),
      ensureService: step({ service: 'ours' }),
      ensureStatefulSet: step({ statefulSet: 'ours', replicas: MAX_NODES }),
      syncPeers: report,
      refreshTip: report,
      reconnectLaggards: report,
      rollNode: () => Promise.resolve('not now'),
      updateStatus: ({ peers, failures }) => {
        const { network } = this.facts;
        const status = desiredStatus({ ...this.facts, peers, failures }, new Date().toISOString());
        this.facts = { ...this.facts, network: { ...network, status } };
        return Promise.resolve('written');
      },
      awaitPodReadiness: ({ readiness }) => this.#until(() => readinessOf(this.facts) !== readiness),
      awaitPeering: () => this.#until(() => false),
      removeNetwork: () => Promise.resolve({ gone: true, removed: ['Service/my-network-svc', `${MAX_NODES} pods`] }),
      recordEvent: () => Promise.resolve(),
    };
  }

  #look(input: LookInput) {
    const facts = { ...this.facts, failures: input.failures };
    return judge(facts, input, new Date().toISOString(), { resync: { minMs: 100, maxMs: 1_000 }, tipMaxAgeMs: null });
  }

  async #until(isSo: () => boolean): Promise<string> {
    for (let look = 0; look < 20 && !isSo(); look += 1) await new Promise((resolve) => setTimeout(resolve, 50));
    return 'looked';
  }
}

/** Changes the facts and waits until a few passes have seen them and what they lead to. */
async function live(
  { environment: server, workflowId }: Stage,
  colossus: Colossus,
  change: Partial<Facts>,
  what: string,
  isSeen: (seen: NetworkDescription) => boolean,
): Promise<void> {
  // prettier-ignore
  colossus.facts = { ...colossus.facts, ...change };
  const network = server.client.workflow.getHandle(workflowId);
  await network.signal(reconcileSignal, what);
  await eventually(what, async () => isSeen(await network.query(describeQuery)));
}

/** The largest event of all runs of the workflow, and how many runs there are. */
async function largestEvent({
  environment: server,
  workflowId,
}: Stage): Promise<{ bytes: number; type: string; runs: number }> {
  // prettier-ignore
  const { HistoryEvent } = proto.temporal.api.history.v1;
  const largest = { bytes: 0, type: '', runs: 0 };
  for (let runId: string | null | undefined = undefined; runId !== '';) {
    const { events } = await server.client.workflow.getHandle(workflowId, runId ?? undefined).fetchHistory();
    largest.runs += 1;
    runId = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
    for (const event of events ?? []) {
      const bytes = HistoryEvent.encode(event).finish().length;
      if (bytes <= largest.bytes) continue;
      largest.bytes = bytes;
      largest.type = Object.keys(event).find((key) => key.endsWith('EventAttributes')) ?? '';
    }
  }
  return largest;
}

test('no event of a network of 5,000 nodes exceeds 64 KB, whatever goes wrong with all of them, and whoever talks endlessly', async () => {
  const colossus = new Colossus();
  await withWorker(environment, colossus.activities(), async (stage) => {
    await stage.start({ historyLimit: 100 });
    await live(stage, colossus, {}, 'the nodes are missing', ({ summary }) => summary.includes('0/5000 ready'));
    await live(stage, colossus, { pods: troubledPods() }, 'no pod can start', ({ summary }) =>
      summary.includes('RunContainerError'),
    );
    colossus.refuses = true;
    await live(stage, colossus, { service: 'drifted', statefulSet: 'drifted', credentials: 'drifted' }, 'every step fails', ({ failures }) => Object.keys(failures).length >= 3); // prettier-ignore
    colossus.refuses = false;
    await live(stage, colossus, { pods: pods(MAX_NODES), peers: troubledReport('silent') }, 'no node answers', ({ peers }) => peers?.faults.length === 5); // prettier-ignore
    await live(stage, colossus, { peers: troubledReport('scattered') }, 'nobody is connected', ({ peers }) => peers?.strayEdges === MAX_NODES); // prettier-ignore
    await live(stage, colossus, { peers: aReport(MAX_NODES) }, 'all is well', ({ phase }) => phase === 'Settled');

    const { bytes, type, runs } = await largestEvent(stage);
    expect(runs).toBeGreaterThan(1);
    expect({ type, isSmall: bytes < EVENT_MAX_BYTES }).toMatchObject({ isSmall: true });
  });
});
