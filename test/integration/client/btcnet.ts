/** The command line as a user runs it, against the real cluster and the real Temporal server. */
import { fileURLToPath } from 'node:url';
import { tryCommand, type CommandResult } from '../../../deploy/local/run-command.ts';

const PROGRAM = fileURLToPath(new URL('../../../client/main.ts', import.meta.url));

/** Nothing listens there: port 1 of this machine. */
export const NOWHERE = '127.0.0.1:1';

export interface Run {
  input?: string;
  /** Changes to the environment. */
  env?: Record<string, string>;
}

export function btcnet(args: readonly string[], { input, env }: Run = {}): Promise<CommandResult> {
  return tryCommand(process.execPath, [PROGRAM, ...args], {
    env: { ...process.env, ...env },
    ...(input === undefined ? {} : { input }),
  });
}
