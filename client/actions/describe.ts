/** All that can be said about one network: the resource, its events, and what its workflow is about. */
import type { BitcoinNetwork } from '../../workflows/facts.ts';
import type { NetworkDescription } from '../../workflows/messages.ts';
import { networkWorkflowId } from '../../workflows/names.ts';
import type { Connections } from '../connection.ts';
import { BtcnetError } from '../errors.ts';
import type { NetworkEvent } from '../kubernetes/events.ts';
import type { NetworkId } from '../network-id.ts';

export interface Described {
  network: BitcoinNetwork;
  /** Oldest first. */
  events: NetworkEvent[];
  workflowId: string;
  /** null: no workflow answered; the notes say why. */
  workflow: NetworkDescription | null;
  /** What could not be found out, and why. */
  notes: string[];
}

/** Throws `NOT_FOUND` and what Kubernetes refuses; without Temporal or events it answers all the same, with a note. */
export async function describe(connections: Connections, id: NetworkId): Promise<Described> {
  const store = await connections.store();
  const notes: string[] = [];
  const [network, workflow] = await Promise.all([
    store.read(id),
    orNote(notes, async () => {
      const found = await (await connections.workflows()).describe(id);
      if (!found) notes.push('no workflow runs for this network: is a worker running?');
      return found;
    }),
  ]);
  const events = await orNote(notes, () => store.events(id, network.metadata.uid));
  return { network, events: events ?? [], workflowId: networkWorkflowId(id.namespace, id.name), workflow, notes };
}

async function orNote<T>(notes: string[], ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof BtcnetError)) throw error;
    notes.push(error.message);
    return null;
  }
}
