import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireLock } from '../lock.ts';
import { cacheDirectory } from '../locations.ts';
import type { Progress } from '../progress.ts';
import { runCommand } from '../run-command.ts';
import { SLF4J_VERSION, TEMPORAL_TEST_SERVER_VERSION } from '../versions.ts';
import { ensureDebianPackages } from './debian.ts';
import { findProgram } from './find.ts';
import { removeUnfinished, UNFINISHED } from './leftovers.ts';
import type { DebianPackage } from './manifest.ts';

const JAVA_PACKAGES: readonly DebianPackage[] = [
  { name: 'default-jre-headless', presentBy: ['java'] },
  { name: 'maven', presentBy: ['mvn'] },
];
/** Measured with a cold cache. */
const EXPECTED_SECONDS = 30;
const UNFINISHED_SERVER = `${UNFINISHED}test-server-`;
const MAIN_CLASS = 'io.temporal.testserver.TestServer';

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>btcnet.local</groupId>
  <artifactId>test-server</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>${TEMPORAL_TEST_SERVER_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-nop</artifactId>
      <version>${SLF4J_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;

/** Starts quickly and stays small: a test server lives for seconds. The SDK passes one argument, the port. */
const WRAPPER = `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
exec java -Xmx256m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$here/jars/*" ${MAIN_CLASS} "$@"
`;

/** The path of Temporal's time-skipping test server, for tests only: not part of the stack. */
export async function ensureTimeSkippingServer(progress: Progress): Promise<string> {
  const home = join(cacheDirectory(), 'parts', `temporal-test-server-${TEMPORAL_TEST_SERVER_VERSION}`);
  const program = join(home, 'temporal-test-server');
  if (findProgram(program) === undefined || findProgram('java') === undefined) {
    const lock = await acquireLock(`part:${home}`, () => undefined);
    try {
      if (findProgram(program) === undefined || findProgram('java') === undefined) await install(home, progress);
    } finally {
      lock.release();
    }
  }
  return program;
}

async function install(home: string, progress: Progress): Promise<void> {
  await ensureDebianPackages(JAVA_PACKAGES, progress, EXPECTED_SECONDS);
  const parent = join(home, '..');
  await mkdir(parent, { recursive: true });
  await removeUnfinished(parent, UNFINISHED_SERVER);
  const directory = await mkdtemp(join(parent, UNFINISHED_SERVER));
  try {
    await writeFile(join(directory, 'pom.xml'), POM);
    await progress.run(
      `temporal-test-server ${TEMPORAL_TEST_SERVER_VERSION}`,
      () =>
        runCommand('mvn', ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${directory}/jars`], {
          cwd: directory,
        }),
      EXPECTED_SECONDS,
    );
    const wrapper = join(directory, 'temporal-test-server');
    await writeFile(wrapper, WRAPPER);
    await chmod(wrapper, 0o755);
    // mkdtemp makes a folder that only its owner may enter.
    await chmod(directory, 0o755);
    await rm(home, { recursive: true, force: true });
    await rename(directory, home);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
