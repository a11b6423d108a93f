import type { Command } from 'commander';
import { listOf } from '../output/format.ts';
import { networksTable } from '../output/networks.ts';
import { inSession, type Cli } from './session.ts';

export function addList(program: Command, cli: Cli): void {
  program
    .command('list')
    .alias('ls')
    .description('list the networks of a namespace')
    .option('-A, --all-namespaces', 'list the networks of the whole cluster', false)
    .action(async ({ allNamespaces }: { allNamespaces: boolean }, command: Command) => {
      await inSession(cli, command, async ({ client, globals, io, print, onNote }) => {
        const networks = await client.list({ namespace: globals.namespace, allNamespaces });
        if (networks.length === 0 && globals.output === 'table') {
          onNote(allNamespaces ? 'there are no networks' : 'there are no networks in this namespace (-A shows all)');
          return;
        }
        print(listOf(networks), () => networksTable(networks, allNamespaces, io.now()));
      });
    });
}
