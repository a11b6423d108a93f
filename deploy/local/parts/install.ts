import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireLock } from '../lock.ts';
import { cacheDirectory } from '../locations.ts';
import type { Progress } from '../progress.ts';
import { settleAll } from '../settle.ts';
import { StackError } from '../stack-error.ts';
import { ensureDebianPackages } from './debian.ts';
import { findFittingProgram, findProgram } from './find.ts';
import { buildGoPart } from './go-build.ts';
import { ensureGo } from './go-toolchain.ts';
import { removeUnfinished } from './leftovers.ts';
import {
  BENCH_PARTS,
  DEBIAN_EXPECTED_SECONDS,
  DEBIAN_PACKAGES,
  GO_PARTS,
  type GoPart,
  type Program,
  programVersion,
} from './manifest.ts';

/** Name of a program → where it is. */
export type Programs = ReadonlyMap<string, string>;

/** Builds at a time: linking uses one core only, so two builds keep two cores busy. */
const BUILDS_AT_ONCE = 2;

function partHome(part: GoPart): string {
  return join(cacheDirectory(), 'parts', `${part.name}-${part.version}`);
}

/** Where a program is: in the cache, or on the PATH in a fitting version. */
async function locate(part: GoPart, program: Program): Promise<string | undefined> {
  const cached = findProgram(join(partHome(part), program.name));
  if (cached !== undefined || program.onPath === undefined) return cached;
  return findFittingProgram(program.name, programVersion(part, program), program.onPath);
}

async function missingPrograms(part: GoPart, found: Map<string, string>): Promise<Program[]> {
  const located = await Promise.all(
    part.programs.map(async (program) => ({ program, path: await locate(part, program) })),
  );
  for (const { program, path } of located) if (path !== undefined) found.set(program.name, path);
  return located.filter(({ path }) => path === undefined).map(({ program }) => program);
}

async function buildMissing(part: GoPart, go: string, found: Map<string, string>, progress: Progress): Promise<void> {
  const home = partHome(part);
  const title = `${part.name} ${part.version}`;
  const lock = await acquireLock(`part:${home}`, (holder) => {
    progress.say(`  ${title} is being built by process ${holder}, waiting for it`);
  });
  try {
    // Another process may have built it in the meantime.
    const programs = await missingPrograms(part, found);
    if (programs.length === 0) return;
    await removeUnfinished(home);
    const build = progress.start(`building ${title}`, part.expectedSeconds);
    try {
      await buildGoPart(go, part, programs, home, build);
      build.done();
    } catch (error) {
      build.failed();
      throw error;
    }
    for (const { name } of programs) found.set(name, join(home, name));
  } finally {
    lock.release();
  }
}

async function ensureGoParts(parts: readonly GoPart[], progress: Progress): Promise<Programs> {
  const found = new Map<string, string>();
  const missing = await Promise.all(
    parts.map(async (part) => ({ part, programs: await missingPrograms(part, found) })),
  );
  const queue = missing.filter(({ programs }) => programs.length > 0).map(({ part }) => part);
  if (queue.length === 0) return found;
  await markAsCache();
  const go = await ensureGo(progress);
  const builders = Array.from({ length: BUILDS_AT_ONCE }, async () => {
    for (let part = queue.shift(); part; part = queue.shift()) await buildMissing(part, go, found, progress);
  });
  // All of them, so that no build goes on unseen after another has failed.
  await settleAll(builders);
  return found;
}

/** Backup programs leave out folders that carry this tag. */
async function markAsCache(): Promise<void> {
  await mkdir(cacheDirectory(), { recursive: true });
  await writeFile(
    join(cacheDirectory(), 'CACHEDIR.TAG'),
    'Signature: 8a477f597d28d172789f06886806bc55\n# Programs and images of btcnet, made again when they are missing.\n',
  );
}

/** Every part of the stack: builds and installs what is missing, quick and quiet when nothing is. */
export async function ensureParts(progress: Progress): Promise<Programs> {
  const [programs] = await Promise.all([
    ensureGoParts(GO_PARTS, progress),
    ensureDebianPackages(DEBIAN_PACKAGES, progress, DEBIAN_EXPECTED_SECONDS),
  ]);
  return programs;
}

/** Only the parts that have these programs. */
export async function ensurePrograms(names: readonly string[], progress: Progress): Promise<Programs> {
  const parts = [...GO_PARTS, ...BENCH_PARTS].filter((part) => part.programs.some(({ name }) => names.includes(name)));
  return ensureGoParts(parts, progress);
}

/** The path of a program that must be there: of a part, or of a Debian package. */
export function programPath(programs: Programs, name: string): string {
  const path = programs.get(name) ?? findProgram(name);
  if (path === undefined) throw new StackError(`The program ${name} is missing. Run: npm run up`);
  return path;
}
