import { BRIDGE_NAME, CNI_NETWORK_NAME, POD_SUBNET } from '../addresses.ts';
import { findProgram } from '../parts/find.ts';
import { runCommand, tryCommand } from '../run-command.ts';

const OUR_PREFIX = 'BTCNET-';
/** Lets the pods' packets through where the machine's policy is to drop what it forwards (docker's is). */
const FORWARD_CHAIN = `${OUR_PREFIX}FORWARD`;
/** Lets pods reach the node itself, its DNS and its API server, where the policy is to drop what comes in (ufw's is). */
const INPUT_CHAIN = `${OUR_PREFIX}INPUT`;
/** kube-proxy's and the kubelet's. */
const KUBERNETES_PREFIX = 'KUBE-';
/** The bridge plugin's, one chain per pod; other CNI networks have such chains too. */
const CNI_PREFIX = 'CNI-';
/** How the bridge plugin's comments name their network; `iptables-save` escapes quotes in quotes. */
const CNI_COMMENT = `name: \\"${CNI_NETWORK_NAME}\\" id: `;

/** Another program may hold the tables' lock, so commands wait for it this long, in seconds. */
const LOCK_WAIT = ['-w', '10'];

export interface Removal {
  /** Whether the chains of Kubernetes' own programs are ours too: they carry no name of their cluster. */
  kubernetes: boolean;
}

interface Rule {
  text: string;
  chain: string | undefined;
  /** The chain that it leads to. */
  target: string | undefined;
  comment: string;
}

/** A rule as `iptables-save` prints it. Comments may hold anything, options included. */
function parseRule(text: string): Rule {
  const words = text.match(/"(?:\\.|[^"\\])*"|\S+/g) ?? [];
  const after = (...options: string[]): string | undefined =>
    words.find((_, index) => {
      const isValue = words[index - 2] === '--comment';
      return !isValue && options.includes(words[index - 1] ?? '');
    });
  return { text, chain: after('-A'), target: after('-j', '-g'), comment: after('--comment') ?? '' };
}

/** The chains of one table that are ours: by name, and a CNI chain when a rule about it names our network. */
function ourChains(chains: readonly string[], rules: readonly Rule[], { kubernetes }: Removal): Set<string> {
  const ours = new Set(
    chains.filter((chain) => chain.startsWith(OUR_PREFIX) || (kubernetes && chain.startsWith(KUBERNETES_PREFIX))),
  );
  for (const { chain, target, comment } of rules) {
    if (!comment.includes(CNI_COMMENT)) continue;
    for (const name of [chain, target]) if (name?.startsWith(CNI_PREFIX)) ours.add(name);
  }
  return ours;
}

/**
 * What to feed to `iptables-restore --noflush` so that our chains, and the rules that lead to them, are gone.
 * @param saved what `iptables-save` prints.
 * @returns the empty string where nothing is ours.
 */
export function removalScript(saved: string, removal: Removal = { kubernetes: true }): string {
  const script: string[] = [];
  for (const table of saved.split(/^\*/m).slice(1)) {
    const lines = table.split('\n');
    const chains = lines.filter((line) => line.startsWith(':')).map((line) => line.slice(1).split(' ')[0] ?? '');
    const rules = lines.filter((line) => line.startsWith('-A ')).map(parseRule);
    const ours = ourChains(chains, rules, removal);
    if (ours.size === 0) continue;
    const leading = rules.filter(({ chain = '', target = '' }) => ours.has(target) && !ours.has(chain));
    script.push(
      `*${lines[0] ?? ''}`,
      ...leading.map(({ text }) => text.replace(/^-A/, '-D')),
      // All are emptied before the first is deleted: a chain that another one leads to cannot be deleted.
      ...[...ours].map((chain) => `-F ${chain}`),
      ...[...ours].map((chain) => `-X ${chain}`),
      'COMMIT',
    );
  }
  return script.length === 0 ? '' : `${script.join('\n')}\n`;
}

/** Makes a chain of ours accept what matches, first of all that `hook` sees. */
async function accept(hook: string, chain: string, matches: readonly (readonly string[])[]): Promise<void> {
  const iptables = (...args: string[]): Promise<string> => runCommand('iptables', [...LOCK_WAIT, ...args]);
  const holds = async (...args: string[]): Promise<boolean> =>
    (await tryCommand('iptables', [...LOCK_WAIT, ...args])).code === 0;
  if (!(await holds('-N', chain))) await iptables('-F', chain);
  for (const match of matches) await iptables('-A', chain, ...match, '-j', 'ACCEPT');
  if (!(await holds('-C', hook, '-j', chain))) await iptables('-I', hook, '-j', chain);
}

/** Lets packets from and to pods pass, whatever the machine's policy. */
export async function allowPodTraffic(): Promise<void> {
  await accept('FORWARD', FORWARD_CHAIN, [
    ['-s', POD_SUBNET],
    ['-d', POD_SUBNET],
  ]);
  await accept('INPUT', INPUT_CHAIN, [['-i', BRIDGE_NAME]]);
}

/** Removes every chain and rule that the stack has made, in both families. */
export async function removeFirewallRules(removal: Removal): Promise<void> {
  for (const family of ['iptables', 'ip6tables']) {
    if (findProgram(`${family}-save`) === undefined) continue;
    const saved = await tryCommand(`${family}-save`, []);
    const script = saved.code === 0 ? removalScript(saved.stdout, removal) : '';
    if (script !== '') await runCommand(`${family}-restore`, ['--noflush', ...LOCK_WAIT], { input: script });
  }
}
