/** Waiting until something that a pass acts on is different: the ready nodes, the children, what stands in the way of a step. */
import { createHash } from 'node:crypto';
import { wantedPods } from '../../workflows/conditions.ts';
import type { NetworkFacts, PodFacts } from '../../workflows/facts.ts';
import type { ChildStep, Failures, NetworkRef } from '../../workflows/observation.ts';
import { ChildChange } from './child-change.ts';
import { ensureService, ensureStatefulSet } from './children.ts';
import type { Outcome } from './children.ts';
import { ensureCredentials } from './credentials.ts';
import { failureOf } from './errors.ts';
import { readFacts } from './facts.ts';
import { pause } from './follow.ts';
import type { Options } from './objects.ts';
import type { Writer } from './writer.ts';

/** Digest (16 hex digits) of the wanted ready pods: which, where, and since when their containers run. */
export function readinessDigest(pods: readonly PodFacts[], nodes: number): string {
  const lines = wantedPods(pods, nodes)
    .map(({ ordinal, ip, containerStart }) => JSON.stringify([ordinal, ip, containerStart]))
    .sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
}

/** What is tried again while somebody waits. */
const ATTEMPTS = { ensureCredentials, ensureService, ensureStatefulSet } satisfies Record<ChildStep, unknown>;

/** What is waited for to be different. */
export interface Awaited {
  /** What a look at the cluster shows of it. */
  seen: string;
  /** Why steps fail. */
  failing: Partial<Record<ChildStep, string>>;
}

/** An `Awaited` as text of bounded size. */
export const readinessOf = (facts: NetworkFacts): string =>
  JSON.stringify({ seen: seenIn(facts), failing: failingIn(facts.failures) } satisfies Awaited);

const seenIn = ({ network, pods, credentials, service, statefulSet, credentialsProblem }: NetworkFacts): string =>
  [
    readinessDigest(pods, network?.spec.nodes ?? 0),
    credentialsProblem?.reason ?? credentials,
    service,
    statefulSet,
  ].join(' ');

const failingIn = (failures: Failures): Awaited['failing'] =>
  Object.fromEntries(
    Object.entries(failures)
      .filter(([step]) => step in ATTEMPTS)
      .map(([step, { reason }]) => [step, reason]),
  );

/** Milliseconds between looks that are made although nothing showed a change, and between attempts at what has failed. */
const LOOK_MS = 10_000;

/** Milliseconds for which changes are collected before a look: pods of a network start side by side. */
const GATHER_MS = 50;

/**
 * Waits until a look would find something else than the one that the caller made, and tries again what has failed. A fault of the
 * API server is waited out.
 *
 * @param readiness text of {@link readinessOf}
 * @returns what has changed; `gone`: the resource of this UID does not exist any more; `timed-out`: nothing changed
 * @throws the signal's reason when it was aborted
 */
export async function awaitPodReadiness(
  writer: Writer,
  ref: NetworkRef,
  { readiness, timeoutMs, signal }: { readiness: string; timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<string> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const over = AbortSignal.any([deadline, ...(signal ? [signal] : [])]);
  const change = new ChildChange(writer, ref);
  const known = parsed(readiness);
  let tryAgainAt = writer.now() + LOOK_MS;
  try {
    for (;;) {
      const { found, nodes } = await lookOnce(writer, ref, known.seen, { signal });
      if (found !== null) return found;
      await change.next({ nodes, withinMs: LOOK_MS, signal: over });
      signal?.throwIfAborted();
      if (deadline.aborted) return 'timed-out';
      if (writer.now() >= tryAgainAt) {
        const tried = await tryAgain(writer, ref, known.failing, { signal });
        if (tried !== null) return tried;
        tryAgainAt = writer.now() + LOOK_MS;
      }
      await pause(GATHER_MS, over);
    }
  } finally {
    change.end();
  }
}

/** Of a look by a worker of another release nothing is known: it counts as different. */
function parsed(readiness: string): Awaited {
  try {
    return JSON.parse(readiness) as Awaited;
  } catch {
    return { seen: '', failing: {} };
  }
}

/** @returns `found`: why the wait is over, null: it is not; `nodes`: how many are declared, as far as that is known */
async function lookOnce(
  writer: Writer,
  ref: NetworkRef,
  seen: string,
  options: Options,
): Promise<{ found: string | null; nodes: number }> {
  try {
    const { facts } = await readFacts(writer.cluster, ref, writer.defaults, { ...options, view: writer.view });
    const { network } = facts;
    if (network?.metadata.uid !== ref.uid || network.metadata.deletionTimestamp !== undefined)
      return { found: 'gone', nodes: 0 };
    return { found: seenIn(facts) === seen ? null : 'changed', nodes: network.spec.nodes };
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    return { found: null, nodes: 0 };
  }
}

/** @returns which step worked, or fails for another reason than before; null: all is as it was */
async function tryAgain(
  writer: Writer,
  ref: NetworkRef,
  failing: Awaited['failing'],
  options: Options,
): Promise<string | null> {
  for (const [step, reason] of Object.entries(failing) as [ChildStep, string][]) {
    try {
      const outcome: Outcome = await ATTEMPTS[step](writer, ref, options);
      return `${step}: ${outcome}`;
    } catch (error) {
      if (options.signal?.aborted === true) throw error;
      const failure = failureOf(error);
      if (failure.permanent && failure.reason !== reason) return `${step}: ${failure.reason}`;
    }
  }
  return null;
}
