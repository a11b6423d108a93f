/** What is said to people about what is due and what is missing, in the timeline of the Web UI. Pure: no imports but from the model. */
import { obstacle, wantedPods } from './conditions.ts';
import type { ChildState, NetworkFacts, PodFacts } from './facts.ts';
import { nodeSecretName, serviceName, statefulSetName } from './names.ts';
import type { Step, Words } from './observation.ts';
import { nodeToRoll } from './rolling.ts';

/** Nodes that are named one by one; of more than these only how many. */
const MAX_NAMED = 3;

/** undefined: nothing is due and every node is ready, so that there is nothing to say. */
export function wordsFor(facts: NetworkFacts, due: readonly Step[][]): Words | undefined {
  const said = due.flat().flatMap((step): [Step, string][] => {
    const text = sayStep(facts, step);
    return text === null ? [] : [[step, text]];
  });
  const missing = unready(facts);
  const trouble = facts.network?.spec.paused === true ? null : obstacle(facts);
  if (said.length === 0 && missing === '' && trouble === null) return undefined;
  return {
    steps: Object.fromEntries(said),
    ...(missing === '' ? {} : { unready: missing }),
    ...(trouble === null ? {} : { trouble }),
  };
}

function sayStep(facts: NetworkFacts, step: Step): string | null {
  const { network, peers, replicas } = facts;
  if (network === null) return null;
  const { name } = network.metadata;
  const { nodes } = network.spec;
  switch (step) {
    case 'ensureCredentials':
      return `${making(facts.credentials)} the Secret ${nodeSecretName(name)} of the nodes`;
    case 'ensureService':
      return `${making(facts.service)} the Service ${serviceName(name)}`;
    case 'ensureStatefulSet': {
      const set = `the StatefulSet ${statefulSetName(name)}`;
      if (replicas !== null && replicas !== nodes) return `Scale ${set} from ${replicas} to ${nodes} nodes`;
      return `${making(facts.statefulSet)} ${set} with ${nodes} nodes`;
    }
    case 'syncPeers': {
      const strays = peers && peers.strayEdges > 0 ? `, ${peers.strayEdges} that should not be are closed` : '';
      return `Connect the nodes: ${peers?.actualEdges ?? 0} of ${peers?.expectedEdges ?? 0} connections are there${strays}`;
    }
    case 'rollNode': {
      const pod = nodeToRoll(facts);
      return pod && `Replace ${pod.name}, which is outdated`;
    }
    case 'refreshTip':
    case 'reconnectLaggards':
    case 'updateStatus':
      return null;
  }
}

const making = (state: ChildState): string => (state === 'missing' ? 'Create' : 'Put back');

/** `node 1 (its pod is being deleted)`; empty: all declared nodes are ready. */
function unready({ network, pods }: NetworkFacts): string {
  const nodes = network?.spec.nodes ?? 0;
  const ready = new Set(wantedPods(pods, nodes).map((pod) => pod.ordinal));
  const byOrdinal = new Map(pods.map((pod) => [pod.ordinal, pod]));
  const missing = nodes - ready.size;
  if (missing > MAX_NAMED) return `${missing} nodes`;
  const named: string[] = [];
  for (let ordinal = 0; ordinal < nodes && named.length < missing; ordinal += 1) {
    if (!ready.has(ordinal)) named.push(`node ${ordinal} (${stateOf(byOrdinal.get(ordinal))})`);
  }
  return named.join(', ');
}

function stateOf(pod: PodFacts | undefined): string {
  if (pod === undefined) return 'it has no pod';
  if (pod.terminating) return 'its pod is being deleted';
  return pod.problem?.reason ?? 'it starts';
}
