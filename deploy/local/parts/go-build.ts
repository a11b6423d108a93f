import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Step } from '../progress.ts';
import { runCommand } from '../run-command.ts';
import { StackError } from '../stack-error.ts';
import { ETCD_VERSION, KUBERNETES_STAGING_VERSION, KUBERNETES_VERSION } from '../versions.ts';
import { UNFINISHED } from './leftovers.ts';
import type { GoPart, Program } from './manifest.ts';

/** What every build is run with: static programs, no settings of the caller's own projects. */
function goEnvironment(overrides: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOOS: '', GOARCH: '', ...overrides };
}

function linkerFlags(part: GoPart): string {
  const stamps = Object.entries(part.stamps).map(([variable, value]) => `-X ${variable}=${value}`);
  // Without debug information (-s -w) linking is quicker and the programs are a third smaller.
  return ['-s', '-w', ...stamps].join(' ');
}

/** Turns what `go install -v` says into a note on how far it is. */
function followBuild(step: Step): (line: string) => void {
  let downloaded = 0;
  let compiled = 0;
  return (line) => {
    if (line.startsWith('go: downloading ')) step.note(`${++downloaded} modules downloaded`);
    else if (!line.startsWith('go: ')) step.note(`${++compiled} packages compiled`);
  };
}

/** Builds programs of a part and puts each, whole, into `home`. */
export async function buildGoPart(
  go: string,
  part: GoPart,
  programs: readonly Program[],
  home: string,
  step: Step,
): Promise<void> {
  await mkdir(home, { recursive: true });
  const directory = await mkdtemp(join(home, UNFINISHED));
  try {
    const bin = join(directory, 'bin');
    const onLine = followBuild(step);
    const common = ['install', '-v', '-trimpath', '-ldflags', linkerFlags(part)];
    if (part.how === 'kubernetes') {
      await writeToolModule(go, directory, part.programs);
      const env = goEnvironment({ GOBIN: bin, GOFLAGS: '-mod=mod -buildvcs=false' });
      await runCommand(go, [...common, ...programs.map(({ packagePath }) => packagePath)], {
        cwd: directory,
        env,
        onLine,
      });
    } else {
      const env = goEnvironment({ GOBIN: bin, GOFLAGS: '-buildvcs=false' });
      const packages = programs.map(({ packagePath }) => `${packagePath}@v${part.version}`);
      await runCommand(go, [...common, ...packages], { cwd: directory, env, onLine });
    }
    for (const program of programs) {
      await rename(join(bin, program.builtAs ?? program.name), join(home, program.name));
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The staging modules that Kubernetes' go.mod replaces by folders of its own repository. */
export function stagingModules(goMod: string): string[] {
  return [...goMod.matchAll(/^\s*(?:replace\s+)?(k8s\.io\/\S+)\s+=>\s+\.\/staging\//gm)].map((match) => match[1] ?? '');
}

/** A go.mod that has the programs as tools and the published staging modules where Kubernetes has its folders. */
export function toolModule(goMod: string, packages: readonly string[]): string {
  const goLine = /^go\s+(\S+)/m.exec(goMod)?.[1];
  const staging = stagingModules(goMod);
  if (goLine === undefined || staging.length === 0) {
    throw new StackError(
      `The go.mod of Kubernetes ${KUBERNETES_VERSION} does not look as expected: no go line or no staging modules.`,
    );
  }
  return [
    'module btcnet.local/parts',
    `go ${goLine}`,
    'tool (',
    ...packages.map((path) => `\t${path}`),
    ')',
    'require (',
    `\tk8s.io/kubernetes v${KUBERNETES_VERSION}`,
    `\tgo.etcd.io/etcd/server/v3 v${ETCD_VERSION}`,
    ')',
    'replace (',
    ...staging.map((module) => `\t${module} => ${module} v${KUBERNETES_STAGING_VERSION}`),
    ')',
    '',
  ].join('\n');
}

async function writeToolModule(go: string, directory: string, programs: readonly Program[]): Promise<void> {
  const env = goEnvironment({ GOFLAGS: '-mod=mod' });
  const query = ['list', '-m', '-f', '{{.GoMod}}', `k8s.io/kubernetes@v${KUBERNETES_VERSION}`];
  const path = (await runCommand(go, query, { cwd: directory, env })).trim();
  const text = toolModule(
    await readFile(path, 'utf8'),
    programs.map(({ packagePath }) => packagePath),
  );
  await writeFile(join(directory, 'go.mod'), text);
}
