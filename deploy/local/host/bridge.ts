import { BlockList } from 'node:net';
import { BRIDGE_ADDRESS, BRIDGE_NAME, POD_SUBNET, POD_SUBNET_BITS } from '../addresses.ts';
import { findProgram } from '../parts/find.ts';
import { runCommand, tryCommand } from '../run-command.ts';
import { StackError } from '../stack-error.ts';

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

/** As `ip -json -4 address show` prints it. */
export interface LinkWithAddresses extends Link {
  addr_info: { local?: string }[];
}

/** The names of interfaces that have an address in the pods' subnet, our bridge aside. */
export function otherHoldersOfSubnet(links: readonly LinkWithAddresses[]): string[] {
  const subnet = new BlockList();
  subnet.addSubnet(BRIDGE_ADDRESS, POD_SUBNET_BITS);
  return links
    .filter(({ ifname }) => ifname !== BRIDGE_NAME)
    .filter(({ addr_info }) => addr_info.some(({ local }) => local !== undefined && subnet.check(local)))
    .map(({ ifname }) => ifname);
}

/** Another cluster's network, which may outlive its cluster, would take the pods' packets. */
export async function refuseTakenSubnet(): Promise<void> {
  const links = JSON.parse(await runCommand('ip', ['-json', '-4', 'address', 'show'])) as LinkWithAddresses[];
  const others = otherHoldersOfSubnet(links);
  if (others.length === 0) return;
  throw new StackError(
    `The addresses ${POD_SUBNET}, which the pods need, are in use at the network interface ${others.join(', ')}. If that is left ` +
      `over from another cluster: ip link delete ${others[0] ?? ''}`,
  );
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
