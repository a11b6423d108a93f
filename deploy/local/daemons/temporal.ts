import { LOOPBACK, PORTS, TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE } from '../addresses.ts';
import { mkdir } from 'node:fs/promises';
import { paths } from '../locations.ts';
import { SEARCH_ATTRIBUTES } from '../../../workflows/search-attributes.ts';
import { type Programs, programPath } from '../parts/install.ts';
import { runCommand, tryCommand } from '../run-command.ts';
import { TEMPORAL_CLI_VERSION } from '../versions.ts';
import type { Daemon } from './daemon.ts';

/** The user's own settings of Temporal's client (profiles, API keys) must not lead these calls elsewhere. */
export const TEMPORAL_CLI_FLAGS = ['--disable-config-file', '--disable-config-env', '--address', TEMPORAL_ADDRESS];

/**
 * Each of the server's many small transactions is written once, to a log, and not forced to the disk one by one: less than half the processor time. A
 * server that is killed loses nothing by it, a machine that loses power the last moments.
 */
const SQLITE = ['journal_mode=wal', 'synchronous=normal'].flatMap((pragma) => ['--sqlite-pragma', pragma]);

export function temporal(programs: Programs): Daemon {
  const program = programPath(programs, 'temporal');
  return {
    name: 'temporal',
    version: TEMPORAL_CLI_VERSION,
    program,
    args: [
      ...['server', 'start-dev', '--ip', LOOPBACK, '--port', String(PORTS.temporal)],
      ...['--ui-ip', LOOPBACK, '--ui-port', String(PORTS.temporalUi)],
      ...['--db-filename', paths.temporalDatabase(), '--namespace', TEMPORAL_NAMESPACE],
      ...SQLITE,
      ...['--log-level', 'warn', '--log-format', 'json'],
    ],
    endpoints: [{ port: PORTS.temporal }, { port: PORTS.temporalUi }],
    beforeStart: async () => {
      await mkdir(paths.temporal(), { recursive: true });
    },
    isReady: async () => {
      const args = ['operator', 'namespace', 'describe', ...TEMPORAL_CLI_FLAGS, '--namespace', TEMPORAL_NAMESPACE];
      return (await tryCommand(program, args, { timeout: 5000 })).code === 0;
    },
  };
}

/** Networks can be found by these in the list of workflows. What is there already is left as it is. */
export async function ensureSearchAttributes(programs: Programs): Promise<void> {
  const attributes = SEARCH_ATTRIBUTES.flatMap(({ name }) => ['--name', name, '--type', 'Keyword']);
  await runCommand(programPath(programs, 'temporal'), [
    ...['operator', 'search-attribute', 'create', ...TEMPORAL_CLI_FLAGS, '--namespace', TEMPORAL_NAMESPACE],
    ...attributes,
  ]);
}
