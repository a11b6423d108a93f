import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { paths } from '../locations.ts';
import { currentBootId } from '../processes/identity.ts';
import { tryCommand } from '../run-command.ts';

/** Settings that the stack or one of its programs changes; they are put back by `down`. */
const CHANGED = [
  'net/ipv4/ip_forward',
  'net/ipv4/conf/all/route_localnet',
  'net/bridge/bridge-nf-call-iptables',
  'net/bridge/bridge-nf-call-ip6tables',
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
];

interface Remembered {
  /** A reboot has undone everything, so what was remembered before it is worth nothing. */
  bootId: string;
  values: Record<string, string>;
}

const pathOf = (setting: string): string => join('/proc/sys', setting);

function readSetting(setting: string): string | undefined {
  try {
    return readFileSync(pathOf(setting), 'utf8').trim();
  } catch {
    return undefined;
  }
}

function remembered(): Remembered | undefined {
  try {
    const found = JSON.parse(readFileSync(paths.kernelSettings(), 'utf8')) as Remembered;
    return found.bootId === currentBootId() ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers the machine's settings, the first time, and makes it forward packets between pods. */
export async function prepareKernelSettings(): Promise<void> {
  // Pods behind one bridge reach services only when bridged packets pass the firewall. Built into some kernels.
  if (!existsSync('/proc/sys/net/bridge')) await tryCommand('modprobe', ['br_netfilter']).catch(() => undefined);
  if (!remembered()) {
    const values = Object.fromEntries(
      CHANGED.map((setting) => [setting, readSetting(setting)] as const).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    );
    // Whole or not at all: half of it would make the next `up` remember our own settings as the machine's.
    const unfinished = `${paths.kernelSettings()}.new`;
    writeFileSync(unfinished, JSON.stringify({ bootId: currentBootId(), values } satisfies Remembered));
    renameSync(unfinished, paths.kernelSettings());
  }
  if (readSetting('net/ipv4/ip_forward') !== '1') writeFileSync(pathOf('net/ipv4/ip_forward'), '1');
}

/** Puts back what was remembered. */
export function restoreKernelSettings(): void {
  for (const [setting, value] of Object.entries(remembered()?.values ?? {})) {
    if (readSetting(setting) === value) continue;
    try {
      writeFileSync(pathOf(setting), value);
    } catch {
      // What cannot be written now has not been changed by us either.
    }
  }
  rmSync(paths.kernelSettings(), { force: true });
}
