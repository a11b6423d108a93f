import type { Command } from 'commander';
import { descriptionPage } from '../output/description.ts';
import { inSession, type Cli } from './session.ts';

export function addDescribe(program: Command, cli: Cli): void {
  program
    .command('describe')
    .description('show all about one network: its status, nodes and events, and what its workflow is about')
    .argument('<name>', 'name of the network')
    .action(async (name: string, _options: unknown, command: Command) => {
      await inSession(cli, command, async ({ client, globals, io, print }) => {
        const described = await client.describe(name, { namespace: globals.namespace });
        print(described, () => descriptionPage(described, io.now()));
      });
    });
}
