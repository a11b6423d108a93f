import { delimiter, isAbsolute } from 'node:path';

/** Debian keeps system programs where an ordinary user's PATH does not look, not even after `su`. */
const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The directories of a PATH and those of system programs. Relative ones are left out: they mean another place elsewhere. */
export function searchDirectories(path: string | undefined): string[] {
  return [...new Set([...(path ?? '').split(delimiter), ...SYSTEM_DIRECTORIES].filter(isAbsolute))];
}

/** An environment in which system programs are found. */
export function withSystemPath(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...environment, PATH: searchDirectories(environment['PATH']).join(delimiter) };
}
