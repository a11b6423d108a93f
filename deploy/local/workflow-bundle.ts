/** The workflows, bundled once for all workers of the same code, and kept with the parts. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireLock } from './lock.ts';
import { cacheDirectory, CHECKOUT } from './locations.ts';
import { removeUnfinished, UNFINISHED } from './parts/leftovers.ts';
import type { Progress } from './progress.ts';
import { runCommand } from './run-command.ts';

/** Bundles that are kept, those used last: going back and forth between a few branches builds none anew. */
const KEPT = 10;

const SOURCES = join(CHECKOUT, 'workflows');
const BUNDLER = join(CHECKOUT, 'worker', 'bundle.ts');
/** Stands for the packages that the bundle takes in: all of @temporalio are of one version. */
const SDK = join(CHECKOUT, 'node_modules', '@temporalio', 'worker', 'package.json');

/** Where the bundle of this code is kept: its name says what it is made from. */
async function bundlePath(): Promise<string> {
  const names = (await readdir(SOURCES, { recursive: true })).filter((name) => name.endsWith('.ts')).sort();
  const hash = createHash('sha256');
  for (const file of [SDK, BUNDLER, ...names.map((name) => join(SOURCES, name))]) {
    const content = await readFile(file);
    hash.update(`${file.slice(CHECKOUT.length)} ${content.length}\n`).update(content);
  }
  return join(cacheDirectory(), 'bundles', `workflows-${hash.digest('hex').slice(0, 16)}.js`);
}

/** @returns the path of a bundle of this checkout's workflows */
export async function ensureWorkflowBundle(progress: Progress): Promise<string> {
  const path = await bundlePath();
  if (!existsSync(path)) await build(path, progress);
  const now = new Date();
  await utimes(path, now, now);
  return path;
}

async function build(path: string, progress: Progress): Promise<void> {
  const folder = join(cacheDirectory(), 'bundles');
  const lock = await acquireLock(`bundles:${folder}`, (holder) => {
    progress.say(`  Process ${holder} is bundling workflows, waiting for it`);
  });
  try {
    if (existsSync(path)) return;
    await mkdir(folder, { recursive: true });
    await removeUnfinished(folder);
    await removeOld(folder);
    const unfinished = join(await mkdtemp(join(folder, UNFINISHED)), 'workflows.js');
    await progress.run('bundling workflows', () =>
      runCommand(process.execPath, ['--disable-warning=ExperimentalWarning', BUNDLER, unfinished]),
    );
    await rename(unfinished, path);
    await removeUnfinished(folder);
  } finally {
    lock.release();
  }
}

async function removeOld(folder: string): Promise<void> {
  const files = (await readdir(folder)).map((name) => join(folder, name));
  const used = await Promise.all(files.map(async (file) => ({ file, at: (await stat(file)).mtimeMs })));
  const old = used.sort((one, other) => other.at - one.at).slice(KEPT - 1);
  await Promise.all(old.map(({ file }) => rm(file)));
}
