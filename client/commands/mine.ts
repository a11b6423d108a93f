import type { Command } from 'commander';
import { DEFAULT_TIMEOUTS_MS } from '../btcnet-client.ts';
import { MAX_BLOCKS } from '../../workflows/spec.ts';
import { inSession, integer, timeoutOption, type Cli } from './session.ts';

interface MineOptions {
  node?: number;
  address?: string;
  timeout: number;
}

export function addMine(program: Command, cli: Cli): void {
  program
    .command('mine')
    .description('mine blocks on one node of a network')
    .argument('<name>', 'name of the network')
    .argument('[blocks]', `how many, 1 to ${MAX_BLOCKS}`, integer, 1)
    .option('--node <ordinal>', 'the node that mines (default: the lowest ready one)', integer)
    .option('--address <address>', 'the address that is paid, where the implementation can choose it')
    .addOption(timeoutOption(DEFAULT_TIMEOUTS_MS.mine, '2m'))
    .action(async (name: string, blocks: number, { node, address, timeout }: MineOptions, command: Command) => {
      await inSession(cli, command, async ({ client, globals, print }) => {
        const request = {
          blocks,
          ...(node === undefined ? {} : { node }),
          ...(address === undefined ? {} : { address }),
        };
        const mined = await client.mine(name, request, { namespace: globals.namespace, timeoutMs: timeout });
        print(mined, () => {
          const count = mined.blocks === 1 ? '1 block' : `${mined.blocks} blocks`;
          return `mined ${count} on node ${mined.node}: height ${mined.height}, tip ${mined.tip}\n`;
        });
      });
    });
}
