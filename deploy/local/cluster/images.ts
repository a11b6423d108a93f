import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONTAINERD_NAMESPACE } from '../daemons/containerd.ts';
import { acquireLock } from '../lock.ts';
import { cacheDirectory, CHECKOUT, paths } from '../locations.ts';
import { ensureDebianPackages } from '../parts/debian.ts';
import { findProgram } from '../parts/find.ts';
import { ensureGo } from '../parts/go-toolchain.ts';
import { type Programs, programPath } from '../parts/install.ts';
import { removeUnfinished, UNFINISHED } from '../parts/leftovers.ts';
import { BUILDAH_PACKAGE } from '../parts/manifest.ts';
import type { Progress } from '../progress.ts';
import { runCommand, tryCommand } from '../run-command.ts';
import { BTCD_VERSION, PAUSE_VERSION } from '../versions.ts';

/** An image that is built here. */
export interface Image {
  name: string;
  tag: string;
  /** Where its Dockerfile lies, beside other files that it needs. */
  folder: string;
  /** Puts the programs that the Dockerfile copies into the build context. */
  fill: (context: string, programs: Programs, progress: Progress) => Promise<void>;
}

const folderOf = (name: string): string => join(CHECKOUT, 'deploy', 'images', name);

const PAUSE: Image = {
  name: 'pause',
  tag: PAUSE_VERSION,
  folder: folderOf('pause'),
  fill: async (context, _programs, progress) => {
    const go = await ensureGo(progress);
    const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '-buildvcs=false', GO111MODULE: 'off' };
    await runCommand(go, ['build', '-trimpath', '-ldflags', '-s -w', '-o', 'pause', 'pause.go'], { cwd: context, env });
  },
};

const BTCD: Image = {
  name: 'btcd',
  tag: BTCD_VERSION,
  folder: folderOf('btcd'),
  fill: async (context, programs) => {
    await mkdir(join(context, 'home'));
    for (const name of ['btcd', 'btcctl']) await copyFile(programPath(programs, name), join(context, name));
  },
};

const IMAGES = [PAUSE, BTCD];

/** How users name it in a pod or in BTCNET_DEFAULT_IMAGE; containerd knows it under docker.io/. */
export const shortName = ({ name, tag }: Image): string => `btcnet/${name}:${tag}`;
const fullName = (image: Image): string => `docker.io/${shortName(image)}`;

export const BTCD_IMAGE = shortName(BTCD);
export const PAUSE_IMAGE = fullName(PAUSE);

async function sourceFiles(image: Image): Promise<string[]> {
  return (await readdir(image.folder)).sort().map((file) => join(image.folder, file));
}

/** Where the built image is kept: by its version and by what it is made from. */
async function archivePath(image: Image): Promise<string> {
  const hash = createHash('sha256');
  for (const file of await sourceFiles(image)) hash.update(await readFile(file));
  return join(cacheDirectory(), 'images', `${image.name}-${image.tag}-${hash.digest('hex').slice(0, 12)}.tar`);
}

async function dockerAnswers(): Promise<boolean> {
  if (findProgram('docker') === undefined) return false;
  const { code, stdout } = await tryCommand('docker', ['version', '--format', '{{.Server.Version}}'], {
    timeout: 5000,
  });
  return code === 0 && stdout.trim() !== '';
}

async function buildArchive(image: Image, context: string, archive: string, progress: Progress): Promise<void> {
  const name = fullName(image);
  if (await dockerAnswers()) {
    await runCommand('docker', ['build', '--tag', name, context]);
    await runCommand('docker', ['save', '--output', archive, name]);
    return;
  }
  await ensureDebianPackages([BUILDAH_PACKAGE], progress);
  // A store of its own, removed with the build context: nothing is left in the machine's own.
  const store = ['--root', join(context, 'store'), '--runroot', join(context, 'run'), '--storage-driver', 'vfs'];
  await writeFile(join(context, '.dockerignore'), 'store\nrun\n');
  // chroot isolation needs neither a user namespace nor a runtime.
  await runCommand('buildah', [...store, 'bud', '--isolation', 'chroot', '--tag', name, context]);
  await runCommand('buildah', [...store, 'push', name, `oci-archive:${archive}:${name}`]);
}

async function ensureArchive(image: Image, programs: Programs, progress: Progress): Promise<string> {
  const archive = await archivePath(image);
  if (existsSync(archive)) return archive;
  const parent = join(cacheDirectory(), 'images');
  const lock = await acquireLock(`images:${parent}`, (holder) => {
    progress.say(`  Process ${holder} is building an image, waiting for it`);
  });
  try {
    if (existsSync(archive)) return archive;
    await mkdir(parent, { recursive: true });
    await removeUnfinished(parent);
    const directory = await mkdtemp(join(parent, UNFINISHED));
    try {
      const context = join(directory, 'context');
      await mkdir(context);
      for (const file of await sourceFiles(image))
        await copyFile(file, join(context, file.slice(file.lastIndexOf('/') + 1)));
      const unfinished = join(directory, 'image.tar');
      await progress.run(`building image ${shortName(image)}`, async () => {
        await image.fill(context, programs, progress);
        await buildArchive(image, context, unfinished, progress);
      });
      await rename(unfinished, archive);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  } finally {
    lock.release();
  }
  return archive;
}

/** Builds the images that are not in the cache. Needs nothing that runs. */
export async function ensureArchives(programs: Programs, progress: Progress): Promise<void> {
  // One after the other: the first may have to install buildah.
  for (const image of IMAGES) await ensureArchive(image, programs, progress);
}

/** Which archive an image was imported from: lies with containerd's data, and goes with them. */
const stampPath = (image: Image): string => join(paths.containerd(), `imported-${image.name}`);

function stampOf(image: Image): string | undefined {
  try {
    return readFileSync(stampPath(image), 'utf8');
  } catch {
    return undefined;
  }
}

/** Gives containerd, which must run, the stack's images, as far as it does not have them. */
export async function importImages(programs: Programs, progress: Progress): Promise<void> {
  for (const image of IMAGES) await importImage(image, programs, progress);
}

/** Gives containerd, which must run, an image that it does not have. */
export async function importImage(image: Image, programs: Programs, progress: Progress): Promise<void> {
  const ctr = programPath(programs, 'ctr');
  const images = ['--address', paths.containerdSocket(), '--namespace', CONTAINERD_NAMESPACE, 'images'];
  const there = new Set((await runCommand(ctr, [...images, 'list', '--quiet'])).split('\n'));
  const archive = await ensureArchive(image, programs, progress);
  if (there.has(fullName(image)) && stampOf(image) === archive) return;
  await progress.run(`importing image ${shortName(image)}`, () => runCommand(ctr, [...images, 'import', archive]));
  await writeFile(stampPath(image), archive);
}
