import { InvalidArgumentError, type Command } from 'commander';
import type { Awaited } from '../actions/wait.ts';
import { DEFAULT_TIMEOUTS_MS } from '../btcnet-client.ts';
import { inSession, timeoutOption, type Cli } from './session.ts';

interface WaitOptions {
  for: Awaited;
  timeout: number;
}

const CONDITIONS = ['Ready', 'Peered', 'Synced'] as const;
/** What `--for` takes, without the statuses other than True. */
export const AWAITED = [...CONDITIONS.map((condition) => `condition=${condition}`), 'delete'];
const STATUSES = ['True', 'False', 'Unknown'] as const;

export function addWait(program: Command, cli: Cli): void {
  program
    .command('wait')
    .description('wait until a network is ready, peered or synced, or until it is gone')
    .argument('<name>', 'name of the network')
    .option(
      '--for <what>',
      `condition=${CONDITIONS.join('|')}, condition=Ready=False, or delete`,
      parseAwaited,
      parseAwaited('condition=Ready'),
    )
    .addOption(timeoutOption(DEFAULT_TIMEOUTS_MS.wait, '60s'))
    .action(async (name: string, options: WaitOptions, command: Command) => {
      await inSession(cli, command, async ({ client, globals, print, onProgress }) => {
        const { namespace } = globals;
        const network = await client.wait(name, options.for, { namespace, timeoutMs: options.timeout, onProgress });
        print(network, () => `network ${name} ${network ? 'is as awaited' : 'is gone'}\n`);
      });
    });
}

/** `condition=Peered`, `condition=Ready=False` or `delete`, as `kubectl wait --for` takes them. */
export function parseAwaited(text: string): Awaited {
  if (text === 'delete') return 'deleted';
  const [kind, condition = '', status, ...rest] = text.split('=');
  const known = CONDITIONS.find((one) => one.toLowerCase() === condition.toLowerCase());
  const value = status === undefined ? 'True' : STATUSES.find((one) => one.toLowerCase() === status.toLowerCase());
  if (kind !== 'condition' || !known || !value || rest.length > 0) {
    throw new InvalidArgumentError(`it must be condition=${CONDITIONS.join('|')}, condition=Ready=False, or delete.`);
  }
  return { condition: known, status: value };
}
