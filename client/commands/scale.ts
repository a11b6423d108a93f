import type { Command } from 'commander';
import { DEFAULT_TIMEOUTS_MS } from '../btcnet-client.ts';
import { BtcnetError, type ErrorCode } from '../errors.ts';
import type { Convergence } from '../../workflows/messages.ts';
import { inSession, integer, timeoutOption, type Cli } from './session.ts';

interface ScaleOptions {
  nodes?: number;
  wait: boolean;
  timeout: number;
}

/** How an end that is not convergence is reported. */
const ENDS: Partial<Record<Convergence['result'], ErrorCode>> = {
  'timed-out': 'TIMED_OUT',
  deleted: 'NOT_FOUND',
  superseded: 'FAILED',
};

export function addScale(program: Command, cli: Cli): void {
  program
    .command('scale')
    .description('set the number of nodes and wait until the network has converged on it')
    .argument('<name>', 'name of the network')
    .argument('[nodes]', 'how many nodes', integer)
    .option('--nodes <nodes>', 'the same as an option', integer)
    .option('--no-wait', 'return as soon as the number is on record')
    .addOption(timeoutOption(DEFAULT_TIMEOUTS_MS.scale, '10m'))
    .action(async (name: string, argument: number | undefined, options: ScaleOptions, command: Command) => {
      const nodes = argument ?? options.nodes;
      if (nodes === undefined)
        command.error('error: how many nodes? btcnet scale NAME 5', { code: 'commander.missingArgument' });
      await inSession(cli, command, async ({ client, globals, print, onProgress, onNote }) => {
        const { namespace } = globals;
        if (!options.wait) {
          const accepted = await client.requestNodes(name, nodes, { namespace, onNote });
          print(accepted, () => `${accepted.message}\n`);
          return;
        }
        const ended = await client.scale(name, nodes, { namespace, timeoutMs: options.timeout, onProgress, onNote });
        const code = ENDS[ended.result];
        // A program gets how it ended in any case; people get it as an error.
        if (code === undefined || globals.output !== 'table') {
          print(ended, () => `network ${name} has ${ended.nodes} nodes: ${ended.message}\n`);
        }
        if (code !== undefined) throw new BtcnetError(code, `network ${name}: ${ended.result}: ${ended.message}`);
      });
    });
}
