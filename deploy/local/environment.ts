import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE } from './addresses.ts';
import { adminKubeconfig } from './cluster/credentials.ts';
import { CONTAINERD_NAMESPACE } from './daemons/containerd.ts';
import { CHECKOUT, paths } from './locations.ts';
import { type Programs, programPath } from './parts/install.ts';

/** A word for a POSIX shell, whatever is in it. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The commands of `env`: name → what each of them runs. */
function commandsOf(programs: Programs): Record<string, string[]> {
  return {
    kubectl: [programPath(programs, 'kubectl')],
    temporal: [programPath(programs, 'temporal')],
    ctr: [programPath(programs, 'ctr'), '--address', paths.containerdSocket(), '--namespace', CONTAINERD_NAMESPACE],
    node: [process.execPath],
    btcnet: [process.execPath, '--disable-warning=ExperimentalWarning', join(CHECKOUT, 'client', 'main.ts')],
  };
}

/** Puts the commands of the stack and of this checkout into a directory of their own. */
export function writeCommands(programs: Programs): void {
  mkdirSync(paths.bin(), { recursive: true });
  for (const [name, words] of Object.entries(commandsOf(programs))) {
    const path = join(paths.bin(), name);
    writeFileSync(`${path}.new`, `#!/bin/sh\nexec ${words.map(shellQuote).join(' ')} "$@"\n`);
    chmodSync(`${path}.new`, 0o755);
    renameSync(`${path}.new`, path);
  }
}

/** Only where somebody types, and in a shell that is known without starting another. */
const COMPLETION = 'case $- in *i*) if [ -n "${BASH_VERSION:-}" ]; then eval "$(btcnet completion bash)"; fi;; esac';

/** Shell code that makes a shell use the stack. @param path the shell's PATH as it is. */
export function shellCode(path: string): string {
  const others = path
    .split(':')
    .filter((directory) => directory !== paths.bin() && !directory.endsWith('/node_modules/.bin'));
  const variables = {
    PATH: [paths.bin(), ...others].join(':'),
    KUBECONFIG: adminKubeconfig(),
    TEMPORAL_ADDRESS,
    TEMPORAL_NAMESPACE,
  };
  const exports = Object.entries(variables).map(([name, value]) => `export ${name}=${shellQuote(value)};`);
  return `${[...exports, COMPLETION].join('\n')}\n`;
}
