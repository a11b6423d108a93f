/** A look at a network: the resource, its children, its nodes; judged by the pure plan and told as a digest of bounded size. */
import { createHash } from 'node:crypto';
import { essenceOf, wantedPods } from '../workflows/conditions.ts';
import type { NetworkFacts } from '../workflows/facts.ts';
import type { LookInput, Observation } from '../workflows/observation.ts';
import { pauseMs, plan, restMs, summaryOf, tipIsOldInMs, type PlanSettings } from '../workflows/plan.ts';
import { troubleOf } from '../workflows/status.ts';
import { tipTime } from './bitcoin/tip-time.ts';
import { wordsFor } from '../workflows/words.ts';
import type { Dependencies } from './dependencies.ts';
import type { LookOptions } from './kubernetes/cluster-view.ts';
import { readFacts } from './kubernetes/facts.ts';
import { isCurrent } from './kubernetes/network.ts';
import type { NodeSource } from './kubernetes/node-source.ts';
import { readinessOf } from './kubernetes/readiness.ts';
import { inspect, requestOf } from './peering.ts';

/** Milliseconds for one node's answer: a look must be over soon, whatever a node does. */
const ANSWER_WITHIN_MS = 1_000;

/** @throws ApiError when the API server cannot be asked; a node that does not answer is part of what is seen */
export async function observe(
  dependencies: Dependencies,
  input: LookInput,
  signal: AbortSignal | undefined,
): Promise<Observation> {
  const { facts, remembered } = await look(dependencies, input, { signal, view: dependencies.view });
  const seen = judged(dependencies, facts, input);
  if (!remembered || seen.due.length > 0 || facts.network === null) return seen;
  // After this the workflow may sleep for long. Whatever else was not seen yet wakes it; what others write into the status does not.
  if (await isCurrent(dependencies.cluster, facts.network, { signal })) return seen;
  return judged(dependencies, (await look(dependencies, input, { signal })).facts, input);
}

function judged(dependencies: Dependencies, found: NetworkFacts, input: LookInput): Observation {
  const nowMs = dependencies.now();
  const another = input.uid !== null && found.network?.metadata.uid !== input.uid;
  const facts: NetworkFacts = { ...found, failures: another ? {} : input.failures };
  const writtenAt = dependencies.ownWrites.statusWrittenAt(found.network?.metadata.uid ?? '');
  const statusAgeMs = writtenAt === null ? null : nowMs - writtenAt;
  const seen = judge(facts, input, new Date(nowMs).toISOString(), { ...dependencies, statusAgeMs });
  return dependencies.isSearchable()
    ? { ...seen, search: { reason: troubleOf({ ...facts, failures: seen.failures }) } }
    : seen;
}

/** What is there, and what the nodes say, at this moment. */
export async function look(
  dependencies: Dependencies,
  network: Pick<LookInput, 'namespace' | 'name' | 'uid' | 'goesOnFrom'>,
  options: LookOptions,
): Promise<{ facts: NetworkFacts; remembered: boolean }> {
  const { facts, nodes, remembered } = await readFacts(dependencies.cluster, network, dependencies.defaults, options);
  const answers = await ask(dependencies, nodes, { signal: options.signal, goesOnFrom: network.goesOnFrom });
  return { facts: { ...facts, ...answers }, remembered };
}

async function ask(
  dependencies: Dependencies,
  nodes: NodeSource | null,
  { signal, goesOnFrom }: { signal: AbortSignal | undefined; goesOnFrom: LookInput['goesOnFrom'] },
): Promise<Pick<NetworkFacts, 'peers' | 'tipMinedAt'>> {
  const nobody = nodes === null || nodes.members.length === 0 || nodes.network.spec.paused === true;
  if (nobody) return { peers: null, tipMinedAt: null };
  const peers = await inspect(dependencies, nodes, { signal, goesOnFrom, timeoutMs: ANSWER_WITHIN_MS });
  return { peers, tipMinedAt: await tipTime(dependencies, requestOf(nodes, { signal }), peers) };
}

type JudgeSettings = Pick<Dependencies, 'resync' | 'tipMaxAgeMs'> & Pick<PlanSettings, 'statusAgeMs'>;

/** What the facts mean: the same facts and the same time give the same observation. */
export function judge(found: NetworkFacts, input: LookInput, now: string, settings: JudgeSettings): Observation {
  const { network } = found;
  const { resync, tipMaxAgeMs, statusAgeMs = null } = settings;
  const facts = { ...found, failures: plan(found, now, { tipMaxAgeMs }).failures };
  const digest = digestOf(facts);
  const quietPasses = digest === input.digest ? input.quietPasses + 1 : 0;
  const { due, settled, waitFor, failures, statusWaitMs } = plan(found, now, { tipMaxAgeMs, quietPasses, statusAgeMs });
  const seed = network?.metadata.uid ?? input.name;
  const pause = settled
    ? restMs(quietPasses, resync, seed, tipIsOldInMs(facts, now, tipMaxAgeMs))
    : pauseMs(facts, quietPasses, resync, seed);
  const nodes = network?.spec.nodes ?? 0;
  const words = wordsFor(facts, due);
  return {
    uid: network?.metadata.uid ?? null,
    deleting: network?.metadata.deletionTimestamp !== undefined,
    paused: network?.spec.paused === true,
    generation: network?.metadata.generation ?? 0,
    nodes,
    ready: wantedPods(facts.pods, nodes).length,
    peers: facts.peers,
    readiness: readinessOf(facts),
    failures,
    due,
    settled,
    digest,
    quietPasses,
    waitFor,
    lookAgainMs: statusWaitMs > 0 ? Math.min(pause, statusWaitMs) : pause,
    summary: summaryOf(facts, due),
    ...(words === undefined ? {} : { words }),
  };
}

/**
 * 16 hex digits over everything that a pass acts on. Times, heights and the wording of messages are no part of it: what changes by
 * itself must not keep a workflow awake.
 */
function digestOf(facts: NetworkFacts): string {
  const {
    network,
    peers,
    pods,
    failures,
    implementation,
    credentialsProblem,
    podsRefused,
    credentials,
    service,
    statefulSet,
    replicas,
  } = facts;
  const seen = {
    problems: [credentialsProblem?.reason, podsRefused?.reason],
    implementation,
    credentials,
    service,
    statefulSet,
    replicas,
    uid: network?.metadata.uid,
    generation: network?.metadata.generation,
    deleting: network?.metadata.deletionTimestamp,
    pods: pods.map((pod) => ({ ...pod, problem: pod.problem?.reason })),
    failures: Object.entries(failures).map(([step, { reason }]) => [step, reason]),
    peers: peers && essenceOf(peers),
  };
  return createHash('sha256').update(JSON.stringify(seen)).digest('hex').slice(0, 16);
}
