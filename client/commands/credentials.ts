import type { Command } from 'commander';
import { fields } from '../output/table.ts';
import { inSession, type Cli } from './session.ts';

export function addCredentials(program: Command, cli: Cli): void {
  program
    .command('credentials')
    .description("print the RPC user and password of a network's nodes, and where they come from")
    .argument('<name>', 'name of the network')
    .action(async (name: string, _options: unknown, command: Command) => {
      await inSession(cli, command, async ({ client, globals, print, onNote }) => {
        const found = await client.credentials(name, { namespace: globals.namespace });
        if (found.outdatedNodes > 0) {
          onNote(`${found.outdatedNodes} nodes are still to be replaced, and may run with earlier credentials`);
        }
        const origin = found.named ? 'named in spec.secret' : 'made for the network';
        print(found, () =>
          fields([
            ['User', found.user],
            ['Password', found.password],
            ['Secret', `${found.namespace}/${found.secret}, ${origin}`],
          ]),
        );
      });
    });
}
