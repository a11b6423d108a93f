/**
 * The moment in which a run continues as new: the workflow has decided, its answer to the server is being encoded, and for the
 * server the run still goes on. What is sent now arrives at the very boundary.
 */
import type { Payload, PayloadCodec } from '@temporalio/common';

/** Changes no payload; holds up the answer of a run that continues as new until what is to be done meanwhile is done. */
export class Handover implements PayloadCodec {
  #meanwhile: (() => Promise<unknown>) | null = null;

  /** Does it at the next handover; done when that is over. */
  during(meanwhile: () => Promise<unknown>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#meanwhile = () =>
        meanwhile().then(() => {
          resolve();
        }, reject);
    });
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    const isHandover = payloads.some(({ data }) => Buffer.from(data ?? []).includes('"carried":'));
    const meanwhile = this.#meanwhile;
    if (!isHandover || meanwhile === null) return payloads;
    this.#meanwhile = null;
    await meanwhile();
    return payloads;
  }

  decode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.resolve(payloads);
  }
}
