import type { Command } from 'commander';
import { DEFAULT_TIMEOUTS_MS } from '../btcnet-client.ts';
import { inSession, timeoutOption, type Cli } from './session.ts';

interface DeleteOptions {
  wait: boolean;
  timeout: number;
}

export function addDelete(program: Command, cli: Cli): void {
  program
    .command('delete')
    .description('delete a network and everything that belongs to it, its chain included')
    .argument('<name>', 'name of the network')
    .option('--no-wait', 'return before everything is gone')
    .addOption(timeoutOption(DEFAULT_TIMEOUTS_MS.delete, '2m'))
    .action(async (name: string, options: DeleteOptions, command: Command) => {
      await inSession(cli, command, async ({ client, globals, print, onProgress }) => {
        const deleted = await client.delete(name, {
          namespace: globals.namespace,
          wait: options.wait,
          timeoutMs: options.timeout,
          onProgress,
        });
        print(deleted, () => `network ${deleted.namespace}/${name} ${deleted.gone ? 'is gone' : 'is being deleted'}\n`);
      });
    });
}
