import { Argument, type Command } from 'commander';
import type { BtcnetClient } from '../btcnet-client.ts';
import { completion, type Candidate, type Completion, type Offer } from '../completion/candidates.ts';
import { FILES, scriptFor, SHELLS, type Shell } from '../completion/scripts.ts';
import type { Cli } from './session.ts';

/** Milliseconds that somebody who presses a key waits for a cluster that does not answer. */
const ANSWER_WITHIN_MS = 2_000;

export function addCompletion(program: Command, cli: Cli): void {
  program
    .command('completion')
    .description('print shell code that completes commands, options and names: eval "$(btcnet completion bash)"')
    .addArgument(new Argument('<shell>', 'the shell that reads it').choices(SHELLS))
    .action((shell: Shell) => {
      cli.io.out(scriptFor(shell));
    });
  program
    .command('complete', { hidden: true })
    .description('what fits where a command line is being typed; asked by the code that "completion" prints')
    .argument('[words...]', 'the line after the program’s name')
    .action(async (words: string[]) => {
      const wanted = completion(program, words);
      if (wanted.offer === 'files') {
        cli.io.out(`${FILES}\n`);
        return;
      }
      const fitting = (await candidates(cli, wanted.offer, wanted.given))
        .filter(({ word }) => word.startsWith(wanted.typed))
        .map(({ word, about }) => `${wanted.before}${word}${about === '' ? '' : `\t${about}`}\n`);
      cli.io.out(fitting.join(''));
    });
}

/** Somebody is in the middle of typing: whatever cannot be found out is left out, without a word. */
async function candidates(cli: Cli, offer: Exclude<Offer, 'files'>, given: Completion['given']): Promise<Candidate[]> {
  if (Array.isArray(offer)) return offer;
  if (offer === 'nothing') return [];
  const client = cli.open(given);
  try {
    return await Promise.race([ask(client, offer, given['namespace']), nothingAfter(ANSWER_WITHIN_MS)]);
  } catch {
    return [];
  } finally {
    await client.close();
  }
}

async function ask(
  client: BtcnetClient,
  what: 'networks' | 'namespaces',
  namespace: string | undefined,
): Promise<Candidate[]> {
  const networks = await client.list(what === 'namespaces' ? { allNamespaces: true } : { namespace });
  const names = networks.map(({ metadata }) => (what === 'namespaces' ? metadata.namespace : metadata.name));
  return [...new Set(names)].sort().map((word) => ({ word, about: '' }));
}

const nothingAfter = (milliseconds: number): Promise<Candidate[]> =>
  new Promise((resolve) => {
    setTimeout(() => {
      resolve([]);
    }, milliseconds).unref();
  });
