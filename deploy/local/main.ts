import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { down } from './down.ts';
import { shellCode, writeCommands } from './environment.ts';
import { cacheDirectory, CHECKOUT, stateDirectory } from './locations.ts';
import { ensureParts, ensurePrograms } from './parts/install.ts';
import { formatDuration, Progress } from './progress.ts';
import { StackError } from './stack-error.ts';
import { stackStatus, statusTable } from './status.ts';
import { up } from './up.ts';

const COMMANDS: Record<string, (args: string[]) => Promise<void>> = {
  up: async (args) => {
    const { values } = parseArgs({ args, options: { 'no-worker': { type: 'boolean', default: false } } });
    const startedAt = Date.now();
    await up({ worker: !values['no-worker'] });
    console.log(statusTable());
    console.log(`\nUp after ${formatDuration(Date.now() - startedAt)}.`);
  },
  down: async (args) => {
    const { values } = parseArgs({ args, options: { purge: { type: 'boolean', default: false } } });
    await down({ purge: values.purge });
    console.log(
      values.purge ? 'Down, and the data are removed.' : 'Down. The data stay: npm run up brings everything back.',
    );
  },
  status: (args) => {
    const { values } = parseArgs({ args, options: { json: { type: 'boolean', default: false } } });
    console.log(values.json ? JSON.stringify(stackStatus(), undefined, 2) : statusTable());
    return Promise.resolve();
  },
  env: async () => {
    if (process.getuid?.() !== 0)
      throw new StackError("The local stack is root's: use it in a shell of root (sudo -s).");
    const programs = await ensurePrograms(['kubectl', 'temporal', 'ctr'], new Progress());
    writeCommands(programs);
    process.stdout.write(shellCode(process.env['PATH'] ?? ''));
  },
  parts: async () => {
    const programs = await ensureParts(new Progress());
    for (const [name, path] of programs) console.log(`${name.padEnd(24)} ${path}`);
  },
};

/** Commands of other folders, which read their own arguments. */
const ELSEWHERE: Record<string, string> = {
  demo: join(CHECKOUT, 'deploy', 'demo', 'main.ts'),
  screenshots: join(CHECKOUT, 'docs', 'screenshots', 'make.ts'),
  bench: join(CHECKOUT, 'test', 'bench', 'main.ts'),
  faults: join(CHECKOUT, 'test', 'faults', 'main.ts'),
  scaling: join(CHECKOUT, 'test', 'bench', 'page', 'main.ts'),
};

const [name = '', ...args] = process.argv.slice(2);
const elsewhere = ELSEWHERE[name];
try {
  if (elsewhere !== undefined && existsSync(elsewhere)) {
    // The module reads process.argv as if it had been started itself.
    process.argv.splice(1, 2, elsewhere);
    await import(elsewhere);
  } else {
    const command = COMMANDS[name];
    if (!command)
      throw new StackError(`There is no command "${name}". There are: ${Object.keys(COMMANDS).join(', ')}.`);
    await command(args);
    process.exit(0);
  }
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC') {
    console.error(`\n${message}. Make room for ${stateDirectory()} and ${cacheDirectory()}, and try again.`);
  } else {
    const isTold = error instanceof StackError || code?.startsWith('ERR_PARSE_ARGS') === true;
    console.error(isTold ? `\n${message}` : error);
  }
  process.exit(1);
}
