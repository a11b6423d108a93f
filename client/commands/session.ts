/** What every command shares: the global options, the client, and how results and progress are shown. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { BtcnetClient } from '../btcnet-client.ts';
import type { ConnectionOptions } from '../connection.ts';
import { parseDuration } from '../duration.ts';
import type { Io } from '../io.ts';
import { formatted, type Format } from '../output/format.ts';
import { Progress } from '../output/progress.ts';

/** What the commands are run with. */
export interface Cli {
  io: Io;
  open(options: ConnectionOptions): BtcnetClient;
}

export interface Globals extends ConnectionOptions {
  namespace?: string;
  output: Format;
}

/** One run of one command. */
export interface Session {
  client: BtcnetClient;
  globals: Globals;
  io: Io;
  /** Writes the result: the value for programs, the page for people. */
  print: (value: unknown, page: () => string) => void;
  onProgress: (line: string) => void;
  /** Something that people should know, and that is no result. */
  onNote: (note: string) => void;
}

/** Runs one command; whatever happens, progress is cleared and connections are closed. */
export async function inSession(cli: Cli, command: Command, run: (session: Session) => Promise<void>): Promise<void> {
  const globals = command.optsWithGlobals<Globals>();
  const { io } = cli;
  const client = cli.open(globals);
  const progress = new Progress(io);
  try {
    await run({
      client,
      globals,
      io,
      print: (value, page) => {
        progress.end();
        io.out(formatted(globals.output, value, page));
      },
      onProgress: (line) => {
        progress.update(line);
      },
      onNote: (note) => {
        progress.end();
        io.err(`note: ${note}\n`);
      },
    });
  } finally {
    progress.end();
    await client.close();
  }
}

/** `--timeout`, in milliseconds once parsed. */
export function timeoutOption(defaultMs: number, printedDefault: string): Option {
  return new Option('--timeout <duration>', 'how long to wait: 30s, 5m, 1h30m')
    .argParser((text: string): number => {
      const milliseconds = parseDuration(text);
      if (milliseconds === null)
        throw new InvalidArgumentError('a duration looks like 30s, 5m or 1h30m, and is at most 24d.');
      return milliseconds;
    })
    .default(defaultMs, printedDefault);
}

/** An integer as an argument: anything else is a mistake in the command line. */
export function integer(text: string): number {
  if (!/^-?[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError('it must be an integer.');
  return Number(text);
}
