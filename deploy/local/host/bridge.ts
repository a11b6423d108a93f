import { BRIDGE_ADDRESS, BRIDGE_NAME, POD_SUBNET_BITS } from '../addresses.ts';
import { findProgram } from '../parts/find.ts';
import { runCommand, tryCommand } from '../run-command.ts';

/**
 * Makes the bridge that the pods will hang on. The CNI plugin would make it too, but only with the first pod, and the
 * kubelet and CoreDNS bind to its address before there is one.
 * @returns whether it had to be made: pods from before are cut off then.
 */
export async function ensureBridge(): Promise<boolean> {
  const isThere = (await tryCommand('ip', ['link', 'show', BRIDGE_NAME])).code === 0;
  if (!isThere) await runCommand('ip', ['link', 'add', BRIDGE_NAME, 'type', 'bridge']);
  await runCommand('ip', ['address', 'replace', `${BRIDGE_ADDRESS}/${POD_SUBNET_BITS}`, 'dev', BRIDGE_NAME]);
  await runCommand('ip', ['link', 'set', BRIDGE_NAME, 'up']);
  return !isThere;
}

interface Link {
  ifname: string;
}

/** The interfaces that hang on the bridge: the pods' ends of their cables. */
async function portsOfBridge(): Promise<string[]> {
  const { code, stdout } = await tryCommand('ip', ['-json', 'link', 'show', 'master', BRIDGE_NAME]);
  if (code !== 0 || stdout.trim() === '') return [];
  return (JSON.parse(stdout) as Link[]).map(({ ifname }) => ifname);
}

/** Removes the bridge and what hangs on it. */
export async function removeBridge(): Promise<void> {
  if (findProgram('ip') === undefined) return;
  for (const port of await portsOfBridge()) await tryCommand('ip', ['link', 'delete', port]);
  await tryCommand('ip', ['link', 'delete', BRIDGE_NAME]);
}
