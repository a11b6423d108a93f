/** When the newest block of a network was made. */
import type { PeersReport } from '../../workflows/observation.ts';
import { readHeaderTime } from './dialects/answers.ts';
import type { PeersDeps, PeersRequest } from './inspect.ts';
import { RpcFault } from './rpc-fault.ts';

/** Milliseconds for the answer: a look asks for it besides, and must be over soon. */
const ANSWER_WITHIN_MS = 500;

/** Nodes that are asked, the lowest first: not all of them need to have the block. */
const ASKED = 3;

/** Blocks whose time is remembered. */
const CAPACITY = 20_000;

/** The block that every regtest chain begins with, and its time in milliseconds since the epoch. */
const GENESIS = ['0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206', 1_296_688_602_000] as const;

/** Times by block hash, in milliseconds since the epoch. A block's time never changes, whoever asks. */
const known = new Map<string, number>([GENESIS]);

/** Costs a call only when the tip is new. ISO 8601; null: no node said so. */
export async function tipTime({ rpc }: PeersDeps, request: PeersRequest, { tip }: PeersReport): Promise<string | null> {
  if (tip === null) return null;
  const time = known.get(tip) ?? (await firstAnswer(rpc, request, tip));
  return time === null ? null : new Date(time).toISOString();
}

async function firstAnswer(
  rpc: PeersDeps['rpc'],
  { members, access, dialect, signal }: PeersRequest,
  tip: string,
): Promise<number | null> {
  const options = { idempotent: true, signal, timeoutMs: ANSWER_WITHIN_MS };
  for (const node of members.slice(0, ASKED)) {
    try {
      const [answer] = await rpc.ask(node, access, [dialect.header(tip)], options);
      const time = readHeaderTime(node.pod, answer);
      remember(tip, time);
      return time;
    } catch (error) {
      if (!(error instanceof RpcFault)) throw error;
    }
  }
  return null;
}

function remember(tip: string, time: number): void {
  known.set(tip, time);
  for (const oldest of known.keys()) {
    if (known.size <= CAPACITY) break;
    known.delete(oldest);
  }
}
