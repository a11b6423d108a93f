/** The story that the pictures tell: a network that fails on a wrong Secret, is mended, grows, and heals. */
import { join } from 'node:path';
import { paths } from '../../deploy/local/locations.ts';
import { runCommand } from '../../deploy/local/run-command.ts';
import { podName } from '../../workflows/names.ts';

export const NAMESPACE = 'pictures';
export const NETWORK = 'my-network';
const SECRET = 'my-secret';

/** Milliseconds that a chapter may take on a busy machine. */
const WITHIN_MS = 120_000;

const program =
  (name: string) =>
  (...args: string[]): Promise<string> =>
    runCommand(join(paths.bin(), name), args);
const kubectl = program('kubectl');
const btcnet = program('btcnet');

export async function raiseCurtain(): Promise<void> {
  await dropCurtain();
  await kubectl('create', 'namespace', NAMESPACE);
}

export async function dropCurtain(): Promise<void> {
  await kubectl('delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait');
}

/** Somebody forgot the password in the Secret. */
export async function declareWithWrongSecret(): Promise<void> {
  await kubectl('-n', NAMESPACE, 'create', 'secret', 'generic', SECRET, '--from-literal=BC_RPC_USER=alice');
  await btcnet('-n', NAMESPACE, 'apply', NETWORK, '--nodes', '3', '--secret', SECRET);
  await eventually('the network says what is wrong', async () => (await readyReason()) === 'SecretIncomplete');
}

export async function correctSecret(): Promise<void> {
  const patch = JSON.stringify({ stringData: { BC_RPC_PASSWORD: 'in a picture nobody sees it' } });
  await kubectl('-n', NAMESPACE, 'patch', 'secret', SECRET, '--type', 'merge', '-p', patch);
  await converged();
}

export async function mineAndScale(): Promise<void> {
  await btcnet('-n', NAMESPACE, 'mine', NETWORK, '101');
  await btcnet('-n', NAMESPACE, 'scale', NETWORK, '4');
}

export async function losePod(): Promise<void> {
  const pod = ['get', 'pod', podName(NETWORK, 1), '-o', 'jsonpath={.metadata.uid}'];
  const before = await kubectl('-n', NAMESPACE, ...pod);
  await kubectl('-n', NAMESPACE, 'delete', 'pod', podName(NETWORK, 1), '--wait=false');
  await eventually('the pod has a successor', async () => {
    const uid = await kubectl('-n', NAMESPACE, ...pod, '--ignore-not-found');
    return uid !== '' && uid !== before;
  });
  await converged();
}

const converged = (): Promise<unknown> =>
  btcnet('-n', NAMESPACE, 'wait', NETWORK, '--for=condition=Synced', '--timeout', '2m');

const readyReason = (): Promise<string> =>
  kubectl('-n', NAMESPACE, 'get', 'bitcoinnetwork', NETWORK, '-o', 'jsonpath={.status.conditions[0].reason}');

async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + WITHIN_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not within ${WITHIN_MS / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
