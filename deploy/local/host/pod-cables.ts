import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BRIDGE_NAME, CNI_NETWORK_NAME } from '../addresses.ts';
import { findProgram } from '../parts/find.ts';
import { tryCommand } from '../run-command.ts';

/** What the CNI library remembers of each pod, in a folder that all networks of the machine share. */
const CNI_RESULTS = '/var/lib/cni/results';

interface CniInterface {
  name?: string;
  mac?: string;
  /** The network namespace that it is in; the machine's own where it is missing. */
  sandbox?: string;
}

/** A pod's cable, by the machine's end of it. */
export interface Cable {
  name: string;
  /** Names are given out again; this is not. */
  mac: string;
}

/** The machine's ends of a pod's cables, from the text of what the CNI library remembers of it. */
export function cablesOf(result: string): Cable[] {
  let interfaces: CniInterface[];
  try {
    interfaces = (JSON.parse(result) as { result?: { interfaces?: CniInterface[] } }).result?.interfaces ?? [];
  } catch {
    // Half-written.
    return [];
  }
  return interfaces.flatMap(({ name, mac, sandbox }) =>
    name === undefined || name === BRIDGE_NAME || mac === undefined || sandbox ? [] : [{ name, mac }],
  );
}

function resultsOfOurPods(): string[] {
  try {
    return readdirSync(CNI_RESULTS)
      .filter((file) => file.startsWith(`${CNI_NETWORK_NAME}-`))
      .map((file) => join(CNI_RESULTS, file));
  } catch {
    return [];
  }
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

interface Link {
  ifname: string;
  address?: string;
}

/**
 * Removes the cables of all pods. They would go with the pods' network namespaces, but the kernel keeps those for as long
 * as a killed program's connections wait for an answer: minutes, where the bridge is gone.
 */
export async function removePodCables(): Promise<void> {
  const cables = resultsOfOurPods().flatMap((file) => cablesOf(contentOf(file)));
  if (cables.length === 0 || findProgram('ip') === undefined) return;
  const { code, stdout } = await tryCommand('ip', ['-json', 'link', 'show']);
  if (code !== 0) return;
  const links = JSON.parse(stdout) as Link[];
  for (const { ifname, address } of links) {
    const isOurs = cables.some(({ name, mac }) => name === ifname && mac === address);
    if (isOurs) await tryCommand('ip', ['link', 'delete', ifname]);
  }
}

/** Removes what the CNI library remembers of our pods, their loopback networks included. */
export function forgetPods(): void {
  const ids = resultsOfOurPods().map((file) => basename(file).split('-').at(-2) ?? '');
  for (const file of resultsOfOurPods()) rmSync(file, { force: true });
  for (const id of ids) rmSync(join(CNI_RESULTS, `cni-loopback-${id}-lo`), { force: true });
}
