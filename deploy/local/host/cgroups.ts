import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CGROUP_ROOT } from '../addresses.ts';

export interface Hierarchy {
  path: string;
  version: 1 | 2;
}

/** Where the cgroup hierarchies are mounted, from the text of /proc/mounts: several of version 1, one of version 2, or both. */
export function cgroupMounts(mounts: string): Hierarchy[] {
  return mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, path = '', type]) => ({ path, version: type === 'cgroup' ? 1 : 2 }));
}

/** The hierarchies that have controllers: beside version 1, version 2 is there for systemd's bookkeeping only. */
export function withControllers(all: readonly Hierarchy[]): Hierarchy[] {
  const hasVersion1 = all.some(({ version }) => version === 1);
  return all.filter(({ version }) => version === 1 || !hasVersion1);
}

/** runc puts containers into every one of them. */
function hierarchies(): Hierarchy[] {
  return cgroupMounts(readFileSync('/proc/mounts', 'utf8'));
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch {
    // A controller that cannot be handed down is one that pods do without.
  }
}

/** Version 1: a new cpuset has no processor at all until its parent's are written into it. */
function inheritCpuset(parent: string, child: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const own = join(child, file);
    if (existsSync(own) && readFileSync(own, 'utf8').trim() === '')
      write(own, readFileSync(join(parent, file), 'utf8'));
  }
}

/** Makes the cgroup that the kubelet is told to put its pods under; it refuses one that does not exist. */
export function ensureCgroup(): void {
  for (const { path, version } of withControllers(hierarchies())) {
    const ours = join(path, CGROUP_ROOT);
    mkdirSync(ours, { recursive: true });
    if (version === 1) {
      inheritCpuset(path, ours);
      continue;
    }
    for (const directory of [path, ours]) {
      for (const controller of readFileSync(join(directory, 'cgroup.controllers'), 'utf8').trim().split(' ')) {
        write(join(directory, 'cgroup.subtree_control'), `+${controller}`);
      }
    }
  }
}

function directoriesBelow(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => directoriesBelow(join(directory, entry.name)))
    .concat(directory);
}

/** Every process that runs in a pod. */
export function processesInPods(): number[] {
  const pids = new Set<number>();
  for (const { path } of hierarchies()) {
    for (const directory of directoriesBelow(join(path, CGROUP_ROOT))) {
      try {
        const text = readFileSync(join(directory, 'cgroup.procs'), 'utf8');
        for (const pid of text.split('\n').filter(Boolean)) pids.add(Number(pid));
      } catch {
        // Removed in the meantime.
      }
    }
  }
  return [...pids];
}

/** Removes our cgroups, the innermost first. They must be empty; one that is not stays. */
export function removeCgroups(): void {
  for (const { path } of hierarchies()) {
    for (const directory of directoriesBelow(join(path, CGROUP_ROOT))) {
      try {
        rmdirSync(directory);
      } catch {
        // Somebody still runs in it, or it is gone.
      }
    }
  }
}
