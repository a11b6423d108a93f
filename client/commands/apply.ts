import { Option, type Command } from 'commander';
import type { Applied } from '../actions/apply.ts';
import { DEFAULT_TIMEOUTS_MS } from '../btcnet-client.ts';
import { BtcnetError } from '../errors.ts';
import type { Io } from '../io.ts';
import { checkedName, parseManifests, type UnplacedManifest } from '../manifest.ts';
import { listOf } from '../output/format.ts';
import { IMPLEMENTATIONS, parseNodes, type Implementation } from '../../workflows/spec.ts';
import { inSession, integer, timeoutOption, type Cli } from './session.ts';

interface ApplyOptions {
  filename: string[];
  nodes?: number;
  secret?: string;
  implementation?: Implementation;
  image?: string;
  force: boolean;
  wait: boolean;
  timeout: number;
}

export function addApply(program: Command, cli: Cli): void {
  program
    .command('apply')
    .description('create a network, or change it to what is declared; options that are left out change nothing')
    .argument('[name]', 'name of the network, when it is declared by options')
    .option('-f, --filename <file>', 'file with manifests, - for standard input; may be given again', collected, [])
    .option('--nodes <nodes>', 'how many nodes (needed to create a network)', integer)
    .option('--secret <name>', 'Secret with the RPC credentials; made for the network when left out')
    .addOption(new Option('--implementation <which>', 'what the nodes run').choices(IMPLEMENTATIONS))
    .option('--image <image>', 'container image of the nodes')
    .option('--force', 'take over fields that other tools own', false)
    .option('--wait', 'wait until the network is as declared', false)
    .addOption(timeoutOption(DEFAULT_TIMEOUTS_MS.scale, '10m'))
    .action(async (name: string | undefined, options: ApplyOptions, command: Command) => {
      if ((name === undefined) === (options.filename.length === 0)) {
        command.error('error: give either -f FILE or NAME --nodes COUNT', { code: 'commander.missingArgument' });
      }
      await inSession(cli, command, async ({ client, globals, io, print, onProgress }) => {
        const manifests = (name === undefined ? fromFiles(io, options.filename) : [fromOptions(name, options)]).map(
          (one) => placed(one, globals.namespace),
        );
        const results: Applied[] = [];
        for (const manifest of manifests)
          results.push(await client.apply(manifest, { force: options.force, keep: name !== undefined }));
        if (options.wait) {
          for (const result of results) {
            const { namespace, name: applied } = result.network.metadata;
            const waiting = {
              namespace,
              timeoutMs: options.timeout,
              onProgress: (line: string) => {
                onProgress(`${applied}: ${line}`);
              },
            };
            await client.wait(applied, 'converged', waiting);
          }
        }
        const resources = results.map(({ network }) => network);
        print(resources.length === 1 ? resources[0] : listOf(resources), () =>
          results
            .map(
              ({ network, outcome }) => `network ${network.metadata.namespace}/${network.metadata.name} ${outcome}\n`,
            )
            .join(''),
        );
      });
    });
}

const collected = (file: string, files: string[]): string[] => [...files, file];

function fromFiles(io: Io, files: string[]): UnplacedManifest[] {
  return files.flatMap((file) => {
    let text: string;
    try {
      text = io.read(file);
    } catch (error) {
      throw new BtcnetError(
        'REFUSED',
        `cannot read ${file} (${(error as NodeJS.ErrnoException).code ?? 'unknown fault'})`,
        error,
      );
    }
    return parseManifests(text, file === '-' ? 'standard input' : file);
  });
}

function fromOptions(name: string, { nodes, secret, implementation, image }: ApplyOptions): UnplacedManifest {
  if (nodes !== undefined) {
    const parsed = parseNodes(nodes);
    if ('problem' in parsed) throw new BtcnetError('REFUSED', `--${parsed.problem}`);
  }
  return {
    name: checkedName(name, 'NAME'),
    spec: {
      ...(nodes === undefined ? {} : { nodes }),
      ...(secret === undefined ? {} : { secret }),
      ...(implementation === undefined ? {} : { implementation }),
      ...(image === undefined ? {} : { image }),
    },
  };
}

/** As with kubectl, a namespace on the command line that contradicts the manifest's is a mistake. */
function placed(manifest: UnplacedManifest, namespace: string | undefined): UnplacedManifest {
  if (namespace === undefined) return manifest;
  if (manifest.namespace !== undefined && manifest.namespace !== namespace) {
    throw new BtcnetError(
      'REFUSED',
      `network ${manifest.name}: metadata.namespace is ${manifest.namespace}, but --namespace is ${namespace}`,
    );
  }
  return { ...manifest, namespace };
}
