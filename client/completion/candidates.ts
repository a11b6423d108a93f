/** What can stand where a command line is being typed: read off the program itself, so that it is never out of date. */
import type { Argument, Command, Option } from 'commander';
import { AWAITED } from '../commands/wait.ts';

/** A word that fits, and what it is for. */
export interface Candidate {
  word: string;
  about: string;
}

/** Words that are known at once, or a kind of thing that somebody else has to be asked for. */
export type Offer = Candidate[] | 'networks' | 'namespaces' | 'files' | 'nothing';

export interface Completion {
  offer: Offer;
  /** What every candidate begins with although it is no part of its own: `--output=`. */
  before: string;
  /** What is typed of the candidate itself. */
  typed: string;
  /** Options that were given before, by the name that commander gives them. */
  given: Record<string, string>;
}

/** Values of options that the program does not list itself, by the option's name. */
const VALUES: Readonly<Record<string, Offer>> = {
  namespace: 'namespaces',
  filename: 'files',
  kubeconfig: 'files',
  for: AWAITED.map((word) => ({ word, about: '' })),
};

/** Arguments that name a network. */
const NETWORK_ARGUMENTS = new Set(['name', 'network']);

/** @param words what follows the program's name up to the cursor; the last one is being typed and may be empty */
export function completion(program: Command, words: readonly string[]): Completion {
  const typed = words.at(-1) ?? '';
  const { command, positionals, pending, given, onlyPositionals } = readWords(program, words.slice(0, -1));
  const rest = { typed, before: '', given };
  if (pending) return { ...rest, offer: valuesOf(pending) };
  if (!onlyPositionals && typed.startsWith('-')) {
    const [flag, value] = split(typed);
    const option = value === undefined ? undefined : optionOf(command, flag);
    if (option) return { ...rest, offer: valuesOf(option), before: `${flag}=`, typed: value ?? '' };
    return { ...rest, offer: optionsOf(command) };
  }
  if (positionals === 0 && command.commands.length > 0) return { ...rest, offer: commandsOf(command) };
  if (command.name() === 'help') return { ...rest, offer: positionals === 0 ? commandsOf(program) : 'nothing' };
  return { ...rest, offer: argumentsAt(command, positionals) };
}

interface Read {
  command: Command;
  /** How many words were arguments of the command. */
  positionals: number;
  /** An option whose value is being typed. */
  pending: Option | null;
  given: Record<string, string>;
  /** `--` was typed. */
  onlyPositionals: boolean;
}

function readWords(program: Command, words: readonly string[]): Read {
  const read: Read = { command: program, positionals: 0, pending: null, given: {}, onlyPositionals: false };
  for (const word of words) {
    if (read.pending) {
      read.given[read.pending.attributeName()] = word;
      read.pending = null;
    } else if (word === '--' && !read.onlyPositionals) {
      read.onlyPositionals = true;
    } else if (word.startsWith('-') && word !== '-' && !read.onlyPositionals) {
      const [flag, value] = split(word);
      const option = optionOf(read.command, flag);
      if (value !== undefined && option) read.given[option.attributeName()] = value;
      else if (option?.required) read.pending = option;
    } else {
      const next = read.positionals === 0 ? named(read.command, word) : undefined;
      if (next) read.command = next;
      else read.positionals += 1;
    }
  }
  return read;
}

/** `--output=json` is a flag and a value. */
function split(word: string): [string, string?] {
  const at = word.startsWith('--') ? word.indexOf('=') : -1;
  return at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}

const visible = (command: Command): Command[] => command.createHelp().visibleCommands(command);

const named = (command: Command, word: string): Command | undefined =>
  visible(command).find((one) => one.name() === word || one.aliases().includes(word));

/** The command's own options and those of all commands. */
function allOptions(command: Command): Option[] {
  const help = command.createHelp();
  return [...help.visibleOptions(command), ...help.visibleGlobalOptions(command), ...(command.parent?.options ?? [])];
}

const optionOf = (command: Command, flag: string): Option | undefined =>
  allOptions(command).find((option) => option.long === flag || option.short === flag);

function optionsOf(command: Command): Candidate[] {
  const found = new Map(allOptions(command).map((option) => [option.long ?? option.short ?? '', option.description]));
  if (command.parent) found.delete('--version');
  return [...found].map(([word, about]) => ({ word, about }));
}

const commandsOf = (command: Command): Candidate[] =>
  visible(command).map((one) => ({ word: one.name(), about: one.description() }));

function valuesOf(option: Option): Offer {
  if (option.argChoices) return option.argChoices.map((word) => ({ word, about: '' }));
  return VALUES[option.attributeName()] ?? 'nothing';
}

function argumentsAt(command: Command, position: number): Offer {
  const { registeredArguments } = command;
  const last = registeredArguments.at(-1);
  const argument: Argument | undefined = registeredArguments[position] ?? (last?.variadic ? last : undefined);
  if (!argument) return 'nothing';
  if (argument.argChoices) return argument.argChoices.map((word) => ({ word, about: '' }));
  return NETWORK_ARGUMENTS.has(argument.name()) ? 'networks' : 'nothing';
}
