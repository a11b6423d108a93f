/** `bitcoin.conf` as Bitcoin Core reads it. Source: `ReadConfigStream` and `GetSetting` in Core's common/config.cpp and settings.cpp. */
import { readFileSync } from 'node:fs';
import { RPC_PORT } from '../../../workflows/names.ts';

/** What the process ends with, in Core's words, and exit code 1. */
export class StartError extends Error {}

/** Settings that count for a chain other than the main one only in the chain's own section. */
const OWN_SECTION = new Set(['port', 'rpcport', 'rpcbind', 'bind', 'connect', 'addnode', 'wallet']);

/** Settings that mean something to Core, of which the stub heeds some. */
const KNOWN = new Set([
  ...OWN_SECTION,
  ...['regtest', 'server', 'rest', 'printtoconsole', 'rpcuser', 'rpcpassword', 'rpcallowip', 'rpcworkqueue'],
  ...['uacomment', 'dbcache', 'maxtipage', 'listen', 'dnsseed', 'discover', 'fallbackfee', 'v2transport'],
]);

const CHAIN_SECTION = 'regtest';

export interface CoreSettings {
  rpcUser: string;
  rpcPassword: string;
  rpcHost: string;
  rpcPort: number;
  rest: boolean;
  /** Whether peers are let in. */
  listen: boolean;
  uacomment: string;
  /** What Core would write into its log. */
  warnings: string[];
}

/** Options of a command line, `-name=value` or `-name`, up to the first word that is none. */
export function readArguments(args: readonly string[]): { options: Map<string, string>; words: string[] } {
  const end = args.findIndex((arg) => !arg.startsWith('-'));
  const given = end < 0 ? args : args.slice(0, end);
  const options = given.map((arg): [string, string] => {
    const [, name = '', value = '1'] = /^--?([^=]*)(?:=([^]*))?$/.exec(arg) ?? [];
    return [name, value];
  });
  return { options: new Map(options), words: end < 0 ? [] : args.slice(end) };
}

/** @throws StartError */
export function readSettings(file: string | undefined): CoreSettings {
  if (file === undefined) throw new StartError('Error: The stand-in for Bitcoin Core must be told -conf=FILE.');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new StartError(
      `Error: Error reading configuration file: specified config file "${file}" could not be opened.`,
    );
  }
  return settingsOf(text);
}

/** @throws StartError */
export function settingsOf(text: string): CoreSettings {
  const { sections, warnings } = parse(text);
  const common = sections.get('') ?? new Map<string, string>();
  const own = sections.get(CHAIN_SECTION) ?? new Map<string, string>();
  for (const name of common.keys()) {
    if (OWN_SECTION.has(name) && !own.has(name)) {
      warnings.push(`Config setting for -${name} only applied on regtest network when in [regtest] section.`);
    }
  }
  const get = (name: string): string | undefined =>
    own.get(name) ?? (OWN_SECTION.has(name) ? undefined : common.get(name));
  if (common.get('regtest') !== '1') throw new StartError('Error: The stand-in for Bitcoin Core knows only regtest.');
  if ((get('rpcpassword') ?? '') === '') throw new StartError('Error: The stand-in for Bitcoin Core makes no cookie.');
  const connect = get('connect');
  if (connect !== undefined && connect !== '0') throw new StartError('Error: The stand-in dials only added nodes.');
  const open = get('rpcbind') !== undefined && get('rpcallowip') !== undefined;
  return {
    rpcUser: get('rpcuser') ?? '',
    rpcPassword: get('rpcpassword') ?? '',
    rpcHost: open ? (get('rpcbind') ?? '') : '127.0.0.1',
    rpcPort: Number(get('rpcport') ?? RPC_PORT),
    rest: get('rest') === '1',
    // A given -connect turns listening off, unless it is asked for.
    listen: (get('listen') ?? (connect === undefined ? '1' : '0')) === '1',
    uacomment: get('uacomment') ?? '',
    warnings,
  };
}

/** Settings by section, '' for those above the first; of a name that is given twice the first counts. */
function parse(text: string): { sections: Map<string, Map<string, string>>; warnings: string[] } {
  const sections = new Map<string, Map<string, string>>();
  const warnings: string[] = [];
  let section = '';
  text.split('\n').forEach((whole, index) => {
    const hash = whole.indexOf('#');
    const line = (hash < 0 ? whole : whole.slice(0, hash)).trim();
    const fail = (problem: string): never => {
      throw new StartError(`Error: Error reading configuration file: parse error on line ${index + 1}: ${problem}`);
    };
    if (line === '') return;
    if (line.startsWith('[') && line.endsWith(']')) {
      section = line.slice(1, -1);
      if (!['main', 'test', 'signet', CHAIN_SECTION].includes(section)) {
        warnings.push(`Section [${section}] is not recognized.`);
      }
      return;
    }
    if (line.startsWith('-')) fail(`${line}, options in configuration file must be specified without leading -`);
    const equals = line.indexOf('=');
    if (equals < 0) return fail(line);
    const [name, value] = [line.slice(0, equals).trim(), line.slice(equals + 1).trim()];
    if (name === 'rpcpassword' && hash >= 0) {
      throw new StartError(
        `Error: Error reading configuration file: parse error on line ${index + 1}, using # in rpcpassword can be ambiguous and should be avoided`,
      );
    }
    if (!KNOWN.has(name)) warnings.push(`Ignoring unknown configuration value ${name}`);
    const settings = sections.get(section) ?? new Map<string, string>();
    if (!settings.has(name)) settings.set(name, value);
    sections.set(section, settings);
  });
  return { sections, warnings };
}
