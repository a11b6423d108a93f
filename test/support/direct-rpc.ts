/** Shuts this machine off from the nodes' RPC ports, as on a laptop beside the cluster. Probes run in the pods and go on. */
import { POD_SUBNET } from '../../deploy/local/addresses.ts';
import { runCommand } from '../../deploy/local/run-command.ts';
import { RPC_PORT } from '../../workflows/names.ts';

/** Marks the rule as ours, so that what a killed test left behind is found. */
const MARK = 'btcnet-test-no-direct-rpc';

const iptables = (...args: string[]): Promise<string> => runCommand('iptables', ['-w', '10', ...args]);

/** Packets to the pods' RPC ports vanish from now on. */
export async function shutDirectRpc(): Promise<void> {
  const match = ['-d', POD_SUBNET, '-p', 'tcp', '--dport', String(RPC_PORT), '-m', 'comment', '--comment', MARK];
  await iptables('-I', 'OUTPUT', ...match, '-j', 'DROP');
}

/** Removes such rules, whoever made them. */
export async function openDirectRpc(): Promise<void> {
  for (const rule of (await iptables('-S', 'OUTPUT')).split('\n')) {
    if (rule.includes(MARK)) await iptables(...rule.replace(/^-A/, '-D').split(' '));
  }
}
