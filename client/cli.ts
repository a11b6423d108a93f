/** The command line: parses, runs one command, and turns whatever happens into an exit code. */
import { Command, CommanderError, Option } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { addApply } from './commands/apply.ts';
import { addCompletion } from './commands/completion.ts';
import { addCredentials } from './commands/credentials.ts';
import { addDelete } from './commands/delete.ts';
import { addDescribe } from './commands/describe.ts';
import { addList } from './commands/list.ts';
import { addMine } from './commands/mine.ts';
import { addRpc } from './commands/rpc.ts';
import { addScale } from './commands/scale.ts';
import type { Cli } from './commands/session.ts';
import { addWait } from './commands/wait.ts';
import { BtcnetError } from './errors.ts';
import { EXIT, exitCodeOf, type ExitCode } from './exit-codes.ts';
import { FORMATS } from './output/format.ts';
import type { Io } from './io.ts';

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 timed out,
5 the cluster, a node, Temporal or a worker cannot be reached, 6 refused.`;

export function program(cli: Cli): Command {
  const root = new Command('btcnet')
    .description(packageJson.description)
    .version(packageJson.version)
    .option('-n, --namespace <name>', "namespace of the networks (default: the kubeconfig context's)")
    .option('--kubeconfig <file>', 'kubeconfig to use (default: KUBECONFIG, ~/.kube/config)')
    .option('--context <name>', 'context in it (default: its current one)')
    .option('--temporal-address <host:port>', 'Temporal server (default: TEMPORAL_ADDRESS, localhost:7233)')
    .option('--temporal-namespace <name>', 'namespace in Temporal (default: TEMPORAL_NAMESPACE, default)')
    .addOption(new Option('-o, --output <format>', 'how results are shown').choices(FORMATS).default('table'))
    .addHelpText('after', EXIT_CODES)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        cli.io.out(text);
      },
      writeErr: (text) => {
        cli.io.err(text);
      },
    });
  const commands = [
    addApply,
    addList,
    addDescribe,
    addScale,
    addMine,
    addRpc,
    addWait,
    addCredentials,
    addDelete,
    addCompletion,
  ];
  for (const add of commands) add(root, cli);
  for (const command of root.commands) command.copyInheritedSettings(root);
  return root;
}

/** @param args the arguments after the program's name */
export async function run(args: readonly string[], cli: Cli): Promise<ExitCode> {
  try {
    await program(cli).parseAsync(args, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    // Commander has written its message already; asking for help or the version is no mistake.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    report(error, cli.io);
    return exitCodeOf(error);
  }
}

function report(error: unknown, io: Io): void {
  const unexpected = !(error instanceof BtcnetError);
  const message = error instanceof Error ? error.message : String(error);
  io.err(
    `btcnet: ${message.replaceAll(/\p{Cc}+/gu, ' ')}${unexpected ? ' (BTCNET_DEBUG=1 shows where this comes from)' : ''}\n`,
  );
  if (!io.debug) return;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    io.err(`${cause.stack ?? cause.message}\n`);
}
