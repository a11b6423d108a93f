/** The status of a network: written when it says something new, and told in events. */
import type { BitcoinNetwork, NetworkFacts, NetworkStatus } from '../../workflows/facts.ts';
import type { Failures, NetworkRef, PeersReport } from '../../workflows/observation.ts';
import { desiredStatus, isSame, sameStatus, statusEvents } from '../../workflows/status.ts';
import { membersDigest } from '../bitcoin/endpoint.ts';
import { isConflict, StepError } from './errors.ts';
import { about, recordEvent } from './events.ts';
import { readFacts } from './facts.ts';
import { isCurrent } from './network.ts';
import { NETWORKS, patch } from './objects.ts';
import type { Options } from './objects.ts';
import type { Writer } from './writer.ts';

/** What a look at the cluster does not show. */
export interface Reported {
  /** What the nodes said; null: nobody was asked. */
  peers: PeersReport | null;
  failures: Failures;
}

/** Attempts against writers that change the resource in between. */
const ATTEMPTS = 4;

/**
 * Looks at the network and writes the status that follows, unless it is there already.
 *
 * @throws StepError `NotFound` when the resource of this UID is gone; ApiError `Conflict` when somebody keeps changing it
 */
export async function updateStatus(
  writer: Writer,
  ref: NetworkRef,
  reported: Reported,
  options: Options = {},
): Promise<'written' | 'unchanged'> {
  let mayRemember = true;
  for (let attempt = 1; ; attempt += 1) {
    // What was refused because it is not there any more is read anew, and so is what is not to be written.
    const view = mayRemember ? writer.view : undefined;
    const { facts, nodes, remembered } = await readFacts(writer.cluster, ref, writer.defaults, { ...options, view });
    const { network } = facts;
    if (network?.metadata.uid !== ref.uid) {
      throw new StepError({ reason: 'NotFound', message: `The BitcoinNetwork ${ref.namespace}/${ref.name} is gone.` });
    }
    try {
      // What the nodes said counts only as long as it is about the nodes that are there now.
      const peers = reported.peers?.members === membersDigest(nodes?.members ?? []) ? reported.peers : null;
      const done = await writeStatus(writer, { ...facts, peers, failures: reported.failures, network }, options);
      if (done === 'written' || !remembered || (await isCurrent(writer.cluster, network, options))) return done;
    } catch (error) {
      if (!isConflict(error) || attempt >= ATTEMPTS) throw error;
    }
    mayRemember = false;
  }
}

/**
 * Writes the status that follows from facts that were just read, with their UID and resourceVersion as preconditions.
 *
 * @throws ApiError `Conflict` when the resource has changed since
 */
export async function writeStatus(
  writer: Writer,
  facts: NetworkFacts & { network: BitcoinNetwork },
  options: Options = {},
): Promise<'written' | 'unchanged'> {
  return putStatus(writer, facts.network, desiredStatus(facts, new Date(writer.now()).toISOString()), options);
}

/** Puts another status in the place of the one that was just read; nothing is written, and nothing told, when it says the same. */
export async function putStatus(
  writer: Writer,
  network: BitcoinNetwork,
  next: NetworkStatus,
  options: Options = {},
): Promise<'written' | 'unchanged'> {
  const previous = network.status ?? {};
  if (sameStatus(previous, next)) return 'unchanged';
  const { namespace, name, uid, resourceVersion } = network.metadata;
  const body = { metadata: { uid, resourceVersion }, status: statusPatch(previous, next) };
  const written = await patch(writer.cluster, NETWORKS, { namespace, name, subresource: 'status' }, body, options);
  writer.ownWrites.record(written);
  writer.ownWrites.recordStatus(uid, writer.now());
  const ref = { namespace, name, uid };
  for (const event of statusEvents(previous, next)) {
    const level = event.type === 'Warning' ? 'warn' : 'info';
    writer.log[level]('Condition changed', { ...about(ref), reason: event.reason, message: event.message });
    await recordEvent(writer, ref, event, options);
  }
  return 'written';
}

/** A merge patch that makes one status out of the other: only the fields that differ, null for those that go. Pure. */
export function statusPatch(previous: NetworkStatus, next: NetworkStatus): Record<string, unknown> {
  const before = new Map(Object.entries(previous) as [string, unknown][]);
  const after = new Map(Object.entries(next) as [string, unknown][]);
  const body: Record<string, unknown> = {};
  for (const [key, value] of after) {
    if (!isSame(value, before.get(key))) body[key] = value;
  }
  for (const key of before.keys()) {
    if (!after.has(key)) body[key] = null;
  }
  return body;
}
