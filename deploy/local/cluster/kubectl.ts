import { type Programs, programPath } from '../parts/install.ts';
import { type CommandOptions, type CommandResult, runCommand, tryCommand } from '../run-command.ts';
import { adminKubeconfig } from './credentials.ts';

/** kubectl as the administrator of the stack's own cluster, whatever the caller's environment says. */
export interface Kubectl {
  run(args: readonly string[], options?: CommandOptions): Promise<string>;
  attempt(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
}

export function kubectlFor(programs: Programs, kubeconfig: string = adminKubeconfig()): Kubectl {
  const program = programPath(programs, 'kubectl');
  const full = (args: readonly string[]): string[] => ['--kubeconfig', kubeconfig, ...args];
  return {
    run: (args, options) => runCommand(program, full(args), options),
    attempt: (args, options) => tryCommand(program, full(args), options),
  };
}
