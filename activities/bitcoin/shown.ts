/** Whether what answers at the other end is a Bitcoin Core node of a regtest chain, before it is trusted with credentials. */
import type { Duplex } from 'node:stream';
import { Client } from 'undici';
import { handOver, ReachError } from './reach.ts';

/** Bitcoin Core's REST interface, which asks for no credentials; the nodes' readiness is probed by it too. */
const CHAIN_INFO = '/rest/chaininfo.json';

/** Bytes of an answer: it has some 500. */
const MAX_BYTES = 64 * 1024;

/**
 * Asks over a connection of its own.
 *
 * @throws ReachError `NotShown` when something else answers, or why the connection failed
 */
export async function showItself(connect: () => Promise<Duplex>, timeoutMs: number): Promise<void> {
  const client = new Client('http://node', {
    maxResponseSize: MAX_BYTES,
    connect: (_options, callback) => {
      handOver(connect(), callback);
    },
  });
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const { statusCode, body } = await client.request({ method: 'GET', path: CHAIN_INFO, signal });
    const answer: unknown = statusCode === 200 ? await body.json() : null;
    if (chainOf(answer) !== 'regtest') throw new ReachError('NotShown', statusCode);
  } finally {
    await client.destroy();
  }
}

const chainOf = (answer: unknown): unknown =>
  typeof answer === 'object' && answer !== null && 'chain' in answer ? answer.chain : null;
