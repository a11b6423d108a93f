/**
 * One Bitcoin network, for as long as it lives: look, do what is due, report, wait for a message or for the time to look again.
 * What is due is judged by the look itself (`plan.ts`, in the activity), so that judgement can change while networks run.
 */
import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import * as activity from './activities.ts';
import { failureOf, isPermanent } from './failures.ts';
import { carry, complain, describe, goesOnFrom, note, recall, refOf, unwritten, type Memory } from './memory.ts';
import { listen } from './mailbox.ts';
import type { NetworkInput, Removed } from './messages.ts';
import { describeQuery } from './messages.ts';
import { networkOfWorkflowId } from './names.ts';
import type { NetworkRef, Observation } from './observation.ts';
import { pause } from './pause.ts';
import { perform } from './perform.ts';
import { index, show, tell } from './tell.ts';

export async function bitcoinNetwork(input: NetworkInput = {}): Promise<Removed> {
  const network = recall(input, whichNetwork(input));
  setHandler(describeQuery, () => describe(network));
  listen(network);

  for (;;) {
    network.woken = false;
    const why = network.why ?? (network.passes === 0 ? 'the network is new here' : 'it is time');
    network.why = null;
    network.gone = false;
    network.passes += 1;
    const before = network.digest;
    const seen = await look(network, why);

    if (seen === null) {
      await pause(network, null);
    } else if (isAnother(network, seen)) {
      await startAfresh(network, input);
    } else if (seen.uid === null && network.spec !== null) {
      await create(network);
    } else if (seen.uid === null || seen.deleting || network.deleteRequested) {
      if (await remove(network, seen)) {
        await farewell(network);
        // Whoever woke us in the meantime may have created the network again: only silence ends the story.
        if (!wasWoken(network)) return removedOf(network);
      }
    } else {
      note(network, seen);
      tell(network);
      const ref = refOf(network, seen.uid);
      const asked = await answerMessages(network, ref);
      await perform(network, ref, seen);
      const moving = asked || (seen.due.length > 0 && seen.digest !== before);
      // What somebody asked for and could not be written is tried again soon, however settled the network is.
      if (moving) network.why ??= 'something was done';
      else await pause(network, unwritten(network) === null ? seen : null);
    }

    if (isLong(input)) await goOn(network, input);
  }
}

/** Asked anew after every wait: handlers run while the workflow waits, which the compiler cannot know. */
const wasWoken = (network: Memory): boolean => network.woken;

/** The network that this workflow is about: as its input says or, for people who start it by hand, as its id says. */
function whichNetwork(input: NetworkInput): { namespace: string; name: string } {
  const named = networkOfWorkflowId(workflowInfo().workflowId);
  const namespace = input.namespace ?? named?.namespace;
  const name = input.name ?? named?.name;
  if (namespace && name) return { namespace, name };
  throw ApplicationFailure.nonRetryable(
    'Which network? Give {"namespace": …, "name": …} as input, or start with the id bitcoin-network/<namespace>/<name>.',
    'InvalidInput',
  );
}

async function look(network: Memory, why: string): Promise<Observation | null> {
  try {
    const { namespace, name, uid, failures, digest, quietPasses } = network;
    const input = { namespace, name, uid, failures, digest, quietPasses, goesOnFrom: goesOnFrom(network) };
    network.mined = false;
    return await activity.observe(input, network.nodes, why);
  } catch (error) {
    const { reason, message } = failureOf(error);
    log.warn('cannot look at the network', {
      network: network.name,
      namespace: network.namespace,
      reason,
      cause: message,
    });
    show(network, `Cannot look at the network: **${reason}** ${message}`);
    return null;
  }
}

/** A resource of the same name with another UID is another network: nothing of the old one is true of it. */
const isAnother = (network: Memory, seen: Observation): boolean =>
  network.uid !== null && seen.uid !== null && seen.uid !== network.uid;

function startAfresh(network: Memory, input: NetworkInput): Promise<never> {
  network.gone = true;
  return continueWith(network, input, () => ({}));
}

/** Uses the start spec, once. What the API server refuses for good ends the workflow, so that whoever started it sees why. */
async function create(network: Memory): Promise<void> {
  const { namespace, name, spec } = network;
  if (spec === null) return;
  try {
    const { uid } = await activity.createNetwork({ namespace, name, spec });
    network.uid = uid;
    network.spec = null;
  } catch (error) {
    if (isPermanent(error)) throw ApplicationFailure.nonRetryable(failureOf(error).message, failureOf(error).reason);
    await pause(network, null);
  }
}

async function remove(network: Memory, seen: Observation): Promise<boolean> {
  network.seen = seen;
  const uid = network.uid ?? seen.uid;
  if (uid === null) return true;
  index(network);
  show(network, 'The network is being removed.');
  try {
    const { gone, removed } = await activity.removeNetwork(refOf(network, uid));
    network.removed = [...new Set([...network.removed, ...removed])];
    // Somebody else's finalizer may hold it for long.
    if (!gone) await pause(network, null);
    return gone;
  } catch (error) {
    const { reason, message } = failureOf(error);
    show(network, `The network cannot be removed: **${reason}** ${message}`);
    await pause(network, null);
    return false;
  }
}

/** Lets whoever waits for this network know that it is gone. */
async function farewell(network: Memory): Promise<void> {
  network.gone = true;
  await condition(allHandlersFinished);
}

function removedOf(network: Memory): Removed {
  const { namespace, name, removed } = network;
  const message = removed.length > 0 ? `Removed ${removed.join(', ')}.` : 'There was nothing to remove.';
  return { network: `${namespace}/${name}`, objects: removed, message };
}

/** Writes what messages asked for into the resource, where everybody sees it. Returns whether the resource changed. */
async function answerMessages(network: Memory, ref: NetworkRef): Promise<boolean> {
  if (network.spec !== null) {
    network.spec = null;
    complain(network, 'The spec given at the start was not used: the BitcoinNetwork exists already, and it wins.');
  }
  for (const message of network.complaints.splice(0)) {
    await activity.recordEvent({ network: ref, reason: 'MessageIgnored', message }).catch(() => undefined);
  }
  const wish = unwritten(network);
  if (wish === null) return false;
  try {
    const { generation } = await activity.scaleNetwork(wish.nodes)({ network: ref, nodes: wish.nodes });
    wish.generation = generation;
    return true;
  } catch (error) {
    if (isPermanent(error)) {
      network.refused = { number: wish.number, ...failureOf(error) };
      if (network.wish === wish) network.wish = null;
      complain(network, `${wish.nodes} nodes could not be declared: ${failureOf(error).message}`);
    }
    return false;
  }
}

/** Events after which a run hands over, if the server does not suggest it earlier. */
const isLong = ({ historyLimit = Infinity, restLimit = Infinity }: NetworkInput): boolean => {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  if (continueAsNewSuggested || historyLength >= historyLimit) return true;
  return historyLength >= restLimit && allHandlersFinished();
};

function goOn(network: Memory, input: NetworkInput): Promise<never> {
  network.continuing = true;
  return continueWith(network, input, () => ({ carried: carry(network) }));
}

/** Whoever waits is answered first; what arrives meanwhile is part of what the next run is told. */
async function continueWith(
  { namespace, name }: Memory,
  { historyLimit, restLimit }: NetworkInput,
  told: () => Pick<NetworkInput, 'carried'>,
): Promise<never> {
  await condition(allHandlersFinished);
  const limits = {
    ...(historyLimit === undefined ? {} : { historyLimit }),
    ...(restLimit === undefined ? {} : { restLimit }),
  };
  return continueAsNew<typeof bitcoinNetwork>({ namespace, name, ...limits, ...told() });
}
