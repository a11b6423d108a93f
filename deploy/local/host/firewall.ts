import { CNI_NETWORK_NAME, POD_SUBNET } from '../addresses.ts';
import { findProgram } from '../parts/find.ts';
import { runCommand, tryCommand } from '../run-command.ts';

/** Our own chain: lets the pods' packets through where the machine's policy is to drop what it forwards (docker's is). */
const FORWARD_CHAIN = 'BTCNET-FORWARD';
/** kube-proxy's and the kubelet's. */
const KUBERNETES_PREFIX = 'KUBE-';
/** The bridge plugin's, one chain per pod; other CNI networks have such chains too. */
const CNI_PREFIX = 'CNI-';

/** Another program may hold the tables' lock, so commands wait for it this long, in seconds. */
const LOCK_WAIT = ['-w', '10'];

function chainOf(rule: string): string | undefined {
  return /^-A (\S+)/.exec(rule)?.[1];
}

function targetOf(rule: string): string | undefined {
  return / -[jg] (\S+)/.exec(rule)?.[1];
}

/** The chains of one table that are ours: by name, and a CNI chain when a rule about it names our network. */
function ourChains(chains: readonly string[], rules: readonly string[]): Set<string> {
  const ours = new Set(chains.filter((chain) => chain === FORWARD_CHAIN || chain.startsWith(KUBERNETES_PREFIX)));
  for (const rule of rules) {
    if (!rule.includes(`"${CNI_NETWORK_NAME}\\"`) && !rule.includes(`\\"${CNI_NETWORK_NAME}\\"`)) continue;
    for (const chain of [chainOf(rule), targetOf(rule)]) if (chain?.startsWith(CNI_PREFIX)) ours.add(chain);
  }
  return ours;
}

/**
 * What to feed to `iptables-restore --noflush` so that our chains, and the rules that lead to them, are gone.
 * @param saved what `iptables-save` prints.
 * @returns the empty string where nothing is ours.
 */
export function removalScript(saved: string): string {
  const script: string[] = [];
  for (const table of saved.split(/^\*/m).slice(1)) {
    const lines = table.split('\n');
    const chains = lines.filter((line) => line.startsWith(':')).map((line) => line.slice(1).split(' ')[0] ?? '');
    const rules = lines.filter((line) => line.startsWith('-A '));
    const ours = ourChains(chains, rules);
    if (ours.size === 0) continue;
    const leading = rules.filter((rule) => ours.has(targetOf(rule) ?? '') && !ours.has(chainOf(rule) ?? ''));
    script.push(
      `*${lines[0] ?? ''}`,
      ...leading.map((rule) => rule.replace(/^-A/, '-D')),
      // All are emptied before the first is deleted: a chain that another one leads to cannot be deleted.
      ...[...ours].map((chain) => `-F ${chain}`),
      ...[...ours].map((chain) => `-X ${chain}`),
      'COMMIT',
    );
  }
  return script.length === 0 ? '' : `${script.join('\n')}\n`;
}

/** Lets packets from and to pods pass, whatever the machine's policy. */
export async function allowForwarding(): Promise<void> {
  const iptables = (...args: string[]): Promise<{ code: number | null }> =>
    tryCommand('iptables', [...LOCK_WAIT, ...args]);
  await iptables('-N', FORWARD_CHAIN);
  await runCommand('iptables', [...LOCK_WAIT, '-F', FORWARD_CHAIN]);
  for (const side of ['-s', '-d']) {
    await runCommand('iptables', [...LOCK_WAIT, '-A', FORWARD_CHAIN, side, POD_SUBNET, '-j', 'ACCEPT']);
  }
  const jump = ['FORWARD', '-j', FORWARD_CHAIN];
  if ((await iptables('-C', ...jump)).code !== 0) {
    await runCommand('iptables', [...LOCK_WAIT, '-I', ...jump]);
  }
}

/** Removes every chain and rule that the stack has made, in both families. */
export async function removeFirewallRules(): Promise<void> {
  for (const family of ['iptables', 'ip6tables']) {
    if (findProgram(`${family}-save`) === undefined) continue;
    const saved = await tryCommand(`${family}-save`, []);
    const script = saved.code === 0 ? removalScript(saved.stdout) : '';
    if (script !== '') await runCommand(`${family}-restore`, ['--noflush', ...LOCK_WAIT], { input: script });
  }
}
