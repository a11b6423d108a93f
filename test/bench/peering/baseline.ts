/**
 * How the original controller peers n nodes: one node after the other, it asks for the list of added nodes, and sends one request for each
 * of the n - 1 others that is missing, waiting for every answer.
 */
import { Agent, request } from 'undici';
import { RPC_PORT } from '../../../workflows/names.ts';

export interface Baseline {
  seconds: number;
  requests: number;
  /** `addnode` calls among them. */
  added: number;
}

/** @param addresses of nodes that are connected to nobody */
export async function peerOneByOne(
  addresses: readonly string[],
  { user, password }: { user: string; password: string },
): Promise<Baseline> {
  const agent = new Agent({ connections: 1 });
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  let requests = 0;
  const call = async (address: string, method: string, params: readonly unknown[]): Promise<unknown> => {
    requests += 1;
    const { statusCode, body } = await request(`http://${address}:${RPC_PORT}/`, {
      dispatcher: agent,
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '1.0', id: requests, method, params }),
    });
    const answer = (await body.json()) as { result: unknown; error: { message: string } | null };
    if (statusCode !== 200 || answer.error !== null)
      throw new Error(`${method}: ${answer.error?.message ?? statusCode}`);
    return answer.result;
  };
  let added = 0;
  const startedAt = performance.now();
  for (const address of addresses) {
    const listed = (await call(address, 'getaddednodeinfo', [])) as { addednode: string }[];
    const known = new Set(listed.map(({ addednode }) => addednode));
    for (const other of addresses) {
      if (other === address || known.has(other)) continue;
      await call(address, 'addnode', [other, 'add']);
      added += 1;
    }
  }
  const seconds = (performance.now() - startedAt) / 1000;
  await agent.close();
  return { seconds, requests, added };
}
