/** The last look at a network in this process: what comes right after it goes on from it instead of asking all nodes again. */
import { randomBytes } from 'node:crypto';
import { lookStandsMs } from '../../workflows/node-watch.ts';
import { identityOf } from './endpoint.ts';
import type { NetworkAccess } from './endpoint.ts';
import type { PeersRequest, TimedInspection } from './inspect.ts';

interface Kept {
  name: string;
  access: NetworkAccess;
  /** Identity of each node that was asked, by ordinal. */
  identities: Map<number, string>;
  inspection: TimedInspection;
  at: number;
}

/**
 * It is known by a name, which goes with its report through the workflow: only who comes right after it knows that. So a look
 * from before somebody else's orders, in another process, is never gone on from; and it is given away once.
 */
export class LastLook {
  #kept: Kept | null = null;

  /** @returns its name */
  keep({ members, access }: PeersRequest, inspection: TimedInspection, now: number): string {
    const name = randomBytes(9).toString('base64url');
    const identities = new Map(members.map((member) => [member.ordinal, identityOf(member)]));
    this.#kept = { name, access, identities, inspection, at: now };
    return name;
  }

  /**
   * What the present members showed in the look of that name, each a moment ago: whoever has another address, has restarted, is asked with
   * other credentials, or did not answer is asked again.
   */
  take({ members, access, goesOnFrom }: PeersRequest, now: number): TimedInspection {
    const taken: TimedInspection = { looks: new Map(), faults: new Map(), askedAt: new Map(), at: new Date(now) };
    const kept = this.#kept;
    this.#kept = null;
    if (kept === null || kept.name !== goesOnFrom || !kept.access.isSame(access)) return taken;
    const { looks, askedAt } = kept.inspection;
    const standsMs = lookStandsMs(members.length);
    for (const member of members) {
      const { ordinal } = member;
      const [look, at] = [looks.get(ordinal), askedAt.get(ordinal)];
      if (look === undefined || at === undefined || now - at >= standsMs || at > now) continue;
      if (kept.identities.get(ordinal) !== identityOf(member)) continue;
      taken.looks.set(ordinal, look);
      taken.askedAt.set(ordinal, at);
    }
    return taken;
  }

  /** Nothing of it can be gone on from any more. @param longest milliseconds */
  isOld(now: number, longest: number): boolean {
    return this.#kept === null || now - this.#kept.at > longest;
  }
}
