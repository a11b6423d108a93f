#!/usr/bin/env node
/** The program `btcnet`. */
import { BtcnetClient } from './btcnet-client.ts';
import { run } from './cli.ts';
import { processIo } from './io.ts';

// A reader that has seen enough (`btcnet list | head -1`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

process.exitCode = await run(process.argv.slice(2), {
  io: processIo(),
  open: (options) => new BtcnetClient(options),
});
