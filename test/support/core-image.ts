/**
 * The image of the stand-in for Bitcoin Core: the stub and the Node that runs it, on nothing else. Built like the images of the
 * local stack, from what is on this machine, and only where a test asks for it.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { type Image, importImage, shortName } from '../../deploy/local/cluster/images.ts';
import { CHECKOUT } from '../../deploy/local/locations.ts';
import { ensurePrograms } from '../../deploy/local/parts/install.ts';
import { Progress } from '../../deploy/local/progress.ts';
import { runCommand } from '../../deploy/local/run-command.ts';

const FOLDER = join(import.meta.dirname, 'core-image');
const PROGRAMS = ['bitcoind', 'bitcoin-cli'];

/** Where the sources lie in the image, as they lie in the checkout. */
const APP = 'app';

/** Libraries that glibc before 2.34 loads to look up names, beside those that `ldd` shows. */
const NAME_LOOKUP = ['libnss_dns.so.2', 'libnss_files.so.2', 'libresolv.so.2'];

/** Files that a module needs, itself included: what its imports lead to, types aside. */
function modulesOf(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type).*from '(\.[^']+)';$/gm,
  )) {
    modulesOf(resolve(dirname(file), path), found);
  }
  return found;
}

const sources = (): string[] =>
  [...new Set(PROGRAMS.flatMap((name) => [...modulesOf(join(FOLDER, `${name}.ts`))]))].sort();

/** Node's shared libraries, and the loader that finds them. */
async function librariesOf(program: string): Promise<string[]> {
  const listed = await runCommand('ldd', [program]);
  const libraries = [...listed.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
  const folders = new Set(libraries.map((path) => dirname(path)));
  const lookups = [...folders].flatMap((folder) => NAME_LOOKUP.map((name) => join(folder, name)));
  return [...new Set([...libraries, ...lookups.filter((path) => existsSync(path))])];
}

async function fill(context: string): Promise<void> {
  const root = join(context, 'root');
  const put = async (from: string, to: string): Promise<void> => {
    await mkdir(dirname(join(root, to)), { recursive: true });
    await copyFile(from, join(root, to));
  };
  await put(process.execPath, 'usr/local/bin/node');
  for (const library of await librariesOf(process.execPath)) await put(library, library);
  for (const source of sources()) await put(source, join(APP, relative(CHECKOUT, source)));
  await writeFile(join(root, APP, 'package.json'), '{ "type": "module" }\n');
  for (const name of PROGRAMS) {
    await put(join(FOLDER, name), join('usr/local/bin', name));
    await chmod(join(root, 'usr/local/bin', name), 0o755);
  }
}

/** Its tag says what it is made of, so a changed stub is another image. */
function coreImage(): Image {
  const hash = createHash('sha256').update(`${process.version} ${process.arch}`);
  for (const source of sources()) hash.update(readFileSync(source));
  return { name: 'core-stand-in', tag: hash.digest('hex').slice(0, 12), folder: FOLDER, fill };
}

/** Gives the local stack, which must run, the image; how pods name it. */
export async function provideCoreImage(progress = new Progress()): Promise<string> {
  const image = coreImage();
  await importImage(image, await ensurePrograms(['ctr'], progress), progress);
  return shortName(image);
}
