import { Option, type Command } from 'commander';
import { TRANSPORTS } from '../../activities/kubernetes/transports.ts';
import { DEFAULT_TIMEOUTS_MS } from '../btcnet-client.ts';
import { parseParams } from '../params.ts';
import { inSession, timeoutOption, type Cli } from './session.ts';

interface RpcOptions {
  timeout: number;
}

export function addRpc(program: Command, cli: Cli): void {
  program
    .command('rpc')
    .description('call a JSON-RPC method of one node and print the result')
    .argument('<name>', 'name of the network')
    .argument('<node>', 'the node: its ordinal, or the name of its pod')
    .argument('<method>', 'such as getblockchaininfo, or help')
    .argument('[params...]', 'its parameters: JSON, or plain text; after -- they may begin with a dash')
    .addOption(
      new Option('--transport <way>', 'to the pod’s address, through the API server, or whichever works')
        .choices(TRANSPORTS)
        .env('BTCNET_RPC_TRANSPORT')
        .default('auto'),
    )
    .addOption(timeoutOption(DEFAULT_TIMEOUTS_MS.rpc, '30s'))
    .action(
      async (
        name: string,
        node: string,
        method: string,
        words: string[],
        { timeout }: RpcOptions,
        command: Command,
      ) => {
        await inSession(cli, command, async ({ client, globals, print }) => {
          const request = { node, method, params: parseParams(words) };
          const result = await client.rpc(name, request, { namespace: globals.namespace, timeoutMs: timeout });
          print(result, () => page(result));
        });
      },
    );
}

/** As `bitcoin-cli` prints it: a text bare, nothing for null, everything else as JSON. */
function page(result: unknown): string {
  if (result === null) return '';
  return typeof result === 'string' ? `${result}\n` : `${JSON.stringify(result, null, 2)}\n`;
}
