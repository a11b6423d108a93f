import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { temporaryDirectory } from './temporary.ts';

const root = temporaryDirectory();
const SCRIPT = new URL('../../deploy/local/bootstrap.mjs', import.meta.url);
const LOCK_FILE = {
  packages: { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { optional: true } },
};

/** Stands for Node 24: says what it is asked to run, or goes on until it is told to end. */
const NODE = `#!/bin/sh
if [ "$1" = --version ]; then echo v24.0.0; exit; fi
echo "ran: $*"
if [ "$3" = forever ]; then exec sleep 600; fi
exit 7
`;

/** Stands for npm: writes down what it is called with, and makes what the real one makes. */
const NPM = `const fs = require('node:fs');
fs.appendFileSync(process.env.NPM_CALLS, process.argv.slice(2).join(' ') + '\\n');
if (process.argv[2] === 'ci') {
  fs.mkdirSync('node_modules/.bin', { recursive: true });
  if (process.env.NPM_DOES === 'fail') process.exit(1);
  if (process.env.NPM_DOES === 'hang') { console.error('npm hangs as ' + process.pid); setInterval(() => {}, 1000); }
  else finish();
} else console.log('npm ran: ' + process.argv.slice(2).join(' '));
function finish() {
  fs.writeFileSync('node_modules/.bin/node', ${JSON.stringify(NODE)}, { mode: 0o755 });
  fs.copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
}
`;

let checkout = '';
let tests = 0;
const children: ChildProcess[] = [];

beforeEach(() => {
  checkout = join(root, String(tests++));
  mkdirSync(join(checkout, 'deploy', 'local'), { recursive: true });
  copyFileSync(SCRIPT, join(checkout, 'deploy', 'local', 'bootstrap.mjs'));
  writeFileSync(join(checkout, 'npm.js'), NPM);
  writeFileSync(join(checkout, 'package-lock.json'), JSON.stringify(LOCK_FILE));
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

const inModules = (...names: string[]): string => join(checkout, 'node_modules', ...names);

function npmCalls(): string[] {
  const file = join(checkout, 'calls');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

function start(words: string[], npmDoes = 'work'): ChildProcess {
  const child = spawn(process.execPath, [join(checkout, 'deploy/local/bootstrap.mjs'), ...words], {
    env: {
      PATH: process.env['PATH'],
      npm_execpath: join(checkout, 'npm.js'),
      NPM_CALLS: join(checkout, 'calls'),
      NPM_DOES: npmDoes,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

interface End {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

async function end(child: ChildProcess): Promise<End> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, stdout, stderr };
}

const run = (words: string[], npmDoes?: string): Promise<End> => end(start(words, npmDoes));

/** What a stream says until a pattern is in it. */
async function heard(stream: NodeJS.ReadableStream | null, pattern: RegExp): Promise<RegExpExecArray> {
  let text = '';
  for await (const chunk of stream ?? []) {
    const found = pattern.exec((text += chunk.toString()));
    if (found) return found;
  }
  throw new Error(`not heard: ${pattern.source}`);
}

test('on a fresh checkout the packages are installed, and the command runs on the Node that came with them', async () => {
  const { code, stdout } = await run(['up', '--no-worker']);
  expect(npmCalls()).toEqual(['ci --no-audit --no-fund --loglevel=error']);
  expect(stdout).toBe(
    `ran: --disable-warning=ExperimentalWarning ${join(checkout, 'deploy/local/main.ts')} up --no-worker\n`,
  );
  expect(code).toBe(7);
});

test('the next command finds them there', async () => {
  await run(['up']);
  const { stderr } = await run(['status']);
  expect(npmCalls()).toHaveLength(1);
  expect(stderr).toBe('');
});

test('commands that are npm scripts are handed to npm, with their arguments', async () => {
  await run(['up']);
  const { code, stdout } = await run(['test:unit', 'test/local']);
  expect(stdout).toBe('npm ran: run -s test:unit:run -- test/local\n');
  expect(code).toBe(0);
});

test('packages that somebody else has installed are good, if they are what the lock file asks for', async () => {
  await run(['up']);
  rmSync(inModules('.btcnet-stamp'));
  await run(['up']);
  expect(npmCalls()).toHaveLength(1);
});

test.each([
  [
    'a lock file that asks for another version',
    () => {
      const packages = { ...LOCK_FILE.packages, 'node_modules/a': { version: '1.0.1' } };
      writeFileSync(join(checkout, 'package-lock.json'), JSON.stringify({ packages }));
    },
  ],
  [
    'a folder that npm has not finished',
    () => {
      rmSync(inModules('.btcnet-stamp'));
      rmSync(inModules('.package-lock.json'));
      writeFileSync(inModules('half-made'), '');
    },
  ],
  [
    'a folder without its Node',
    () => {
      rmSync(inModules('.bin', 'node'));
    },
  ],
  [
    'a Node that does not run',
    () => {
      rmSync(inModules('.btcnet-stamp'));
      writeFileSync(inModules('.bin', 'node'), '');
      chmodSync(inModules('.bin', 'node'), 0o755);
    },
  ],
])('%s is reason to install anew', async (_, spoil) => {
  await run(['up']);
  spoil();
  const { code } = await run(['up']);
  expect(npmCalls()).toHaveLength(2);
  expect(existsSync(inModules('half-made'))).toBe(false);
  expect(code).toBe(7);
});

test('when npm fails nothing is run, and the next command tries again', async () => {
  const { code, stdout, stderr } = await run(['up'], 'fail');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('npm ci has failed');
  await expect(run(['up'])).resolves.toMatchObject({ code: 7 });
});

test('two commands at once install once', async () => {
  const ends = await Promise.all([run(['up']), run(['status']), run(['env'])]);
  expect(ends.map(({ code }) => code)).toEqual([7, 7, 7]);
  expect(npmCalls()).toHaveLength(1);
});

test('an installation that was killed keeps nobody waiting', async () => {
  const killed = start(['up'], 'hang');
  const [, npm] = await heard(killed.stderr, /npm hangs as (\d+)/);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  process.kill(Number(npm), 'SIGKILL');
  await expect(run(['up'])).resolves.toMatchObject({ code: 7 });
});

test('a signal reaches the command, and its end by the signal is told on', async () => {
  await run(['up']);
  const child = start(['forever']);
  await heard(child.stdout, /ran:/);
  child.kill('SIGTERM');
  await expect(once(child, 'close')).resolves.toEqual([null, 'SIGTERM']);
});
