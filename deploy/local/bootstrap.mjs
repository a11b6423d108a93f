/**
 * The way into every `npm run` command, on a machine that may have nothing but an old Node: plain JavaScript for Node 18
 * and later, without dependencies. It makes sure that node_modules is there and whole, and then hands over to Node 24.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join, resolve, sep } from 'node:path';
import { clearInterval, setInterval, setTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';

const CHECKOUT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const MODULES = join(CHECKOUT, 'node_modules');
/** Written when node_modules fits the lock file, with the lock file's fingerprint. */
const STAMP = join(MODULES, '.btcnet-stamp');
const NODE = join(MODULES, '.bin', 'node');
const NODE_MAJOR = 24;
/** Commands that are npm scripts named `<command>:run`. */
const SCRIPTS = new Set(['check', 'test', 'test:unit', 'test:integration', 'coverage']);
/** Measured with a cold cache, in seconds. */
const EXPECTED_SECONDS = 40;
/** In ms. */
const SAY_INTERVAL = 10_000;
const LOCK_RETRY = 500;

const say = (text) => process.stderr.write(`${text}\n`);
const pause = (milliseconds) => new Promise((wake) => setTimeout(wake, milliseconds));

function fail(text) {
  say(text);
  process.exit(1);
}

function fingerprint() {
  const lock = readFileSync(join(CHECKOUT, 'package-lock.json'));
  return createHash('sha256').update(lock).update(`${process.platform}-${process.arch}`).digest('hex');
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function nodeWorks() {
  const { stdout } = spawnSync(NODE, ['--version'], { encoding: 'utf8' });
  return stdout?.startsWith(`v${NODE_MAJOR}.`) === true;
}

/** npm writes down what it has installed, last of all. Whether that is what the lock file asks for. */
function isInstalled() {
  const wanted = readJson(join(CHECKOUT, 'package-lock.json'))?.packages ?? {};
  const there = readJson(join(MODULES, '.package-lock.json'))?.packages;
  if (!there) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || optional || there[path]?.version === version,
  );
}

function isStamped() {
  return existsSync(STAMP) && existsSync(NODE) && readFileSync(STAMP, 'utf8') === fingerprint();
}

/** npm runs scripts with the Node of node_modules, where there is one; but that is about to be removed. */
const OUTSIDE = (process.env.PATH ?? '').split(delimiter).filter((directory) => !isInModules(directory));

function isInModules(path) {
  return `${resolve(path)}${sep}`.startsWith(`${MODULES}${sep}`);
}

/** npm itself: the one that runs this script, or the one on the PATH. */
function npm(args) {
  const path = process.env.npm_execpath;
  if (!path?.endsWith('.js')) return ['npm', args];
  return [isInModules(process.execPath) ? 'node' : process.execPath, [path, ...args]];
}

async function install() {
  const startedAt = Date.now();
  say(`… installing the npm packages of package-lock.json: about ${EXPECTED_SECONDS}s`);
  const timer = setInterval(() => {
    say(`… installing: ${Math.round((Date.now() - startedAt) / 1000)}s of about ${EXPECTED_SECONDS}s`);
  }, SAY_INTERVAL);
  // `npm ci` would remove a half-made folder too, but stumbles over some states of one.
  rmSync(MODULES, { recursive: true, force: true });
  const [command, args] = npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  const code = await new Promise((end) => {
    // Standard output belongs to the command's own result.
    const env = { ...process.env, PATH: OUTSIDE.join(delimiter) };
    const child = spawn(command, args, { cwd: CHECKOUT, env, stdio: ['ignore', 2, 2] });
    child.once('error', (error) => {
      say(`npm could not be started: ${error.message}`);
      end(1);
    });
    child.once('close', end);
  });
  clearInterval(timer);
  if (code !== 0) fail('npm ci has failed; what it said is above. Try again when that is put right.');
  if (!nodeWorks()) {
    fail(
      `The package "node" was installed, but ${NODE} does not run. If npm is set to ignore install scripts, allow them for ` +
        `this folder: npm ci --ignore-scripts=false`,
    );
  }
  say(`✓ npm packages (${Math.round((Date.now() - startedAt) / 1000)}s)`);
}

/** Resolves to nothing where another process has it. */
function tryLock(address) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(address, () => resolve(server));
  });
}

/**
 * Two commands at once, in one checkout, must not install at once. The lock is an abstract socket, which the kernel removes
 * with its process, so that a `kill -9` leaves none behind. Other systems than Linux have nothing like it, and no stack.
 */
async function withLock(work) {
  if (process.platform !== 'linux') return work();
  const address = `\0btcnet-install:${createHash('sha256').update(CHECKOUT).digest('hex')}`;
  let lock = await tryLock(address);
  if (!lock) say('… another command is installing the npm packages, waiting for it');
  while (!lock) {
    await pause(LOCK_RETRY);
    lock = await tryLock(address);
  }
  try {
    await work();
  } finally {
    lock.close();
  }
}

async function ensureModules() {
  if (isStamped()) return;
  await withLock(async () => {
    if (isStamped()) return;
    if (!isInstalled() || !nodeWorks()) await install();
    try {
      writeFileSync(STAMP, fingerprint());
    } catch {
      // Somebody else's folder, or a full disk: the packages are looked at again next time.
    }
  });
}

/** Runs the command in this process' place: its input and output, its signals, its exit code. */
function handOver(command, args) {
  const path = [join(MODULES, '.bin'), process.env.PATH].filter(Boolean).join(delimiter);
  // Listened for before the command is started: a signal that comes between would end this process alone.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends its SIGINT to both of us.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, PATH: path } });
  child.once('error', (error) => fail(`${command} could not be started: ${error.message}`));
  child.once('close', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

const [command = 'help', ...args] = process.argv.slice(2);
await ensureModules();
if (SCRIPTS.has(command)) handOver(...npm(['run', '-s', `${command}:run`, '--', ...args]));
else
  handOver(NODE, [
    '--disable-warning=ExperimentalWarning',
    join(CHECKOUT, 'deploy', 'local', 'main.ts'),
    command,
    ...args,
  ]);
