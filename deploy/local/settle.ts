/**
 * Waits until all have ended, and only then fails if one has: whoever goes on after a failure, and lets a lock go, must not
 * leave anything at work behind.
 */
export async function settleAll(work: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
}
