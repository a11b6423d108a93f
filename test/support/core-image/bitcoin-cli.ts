/** `bitcoin-cli -regtest -conf=FILE METHOD …`, with the words and exit codes of Core's bitcoin-cli.cpp. */
import { readArguments, readSettings, StartError } from './config.ts';

/** Parameters that are JSON on the command line, by their places; all others are strings (Core's rpc/client.cpp). */
const JSON_PARAMS: Record<string, number[]> = { generatetoaddress: [0, 2], disconnectnode: [1] };

interface Answer {
  result: unknown;
  error: { code: number; message: string } | null;
}

class CommandError extends Error {
  readonly code: number;
  constructor(message: string, code = 1) {
    super(message);
    this.code = code;
  }
}

function jsonParam(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CommandError(`error: Error parsing JSON: ${text}`);
  }
}

/** What is printed; nothing for null. */
async function call(args: readonly string[]): Promise<string> {
  const { options, words } = readArguments(args);
  const { rpcUser, rpcPassword, rpcPort } = readSettings(options.get('conf'));
  const [method, ...given] = words;
  if (method === undefined) throw new CommandError('error: too few parameters (need at least command)');
  const params = given.map((text, index) => (JSON_PARAMS[method]?.includes(index) ? jsonParam(text) : text));
  const response = await fetch(`http://127.0.0.1:${rpcPort}/`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${rpcUser}:${rpcPassword}`).toString('base64')}` },
    body: JSON.stringify({ method, params, id: 1 }),
  }).catch(() => {
    throw new CommandError(`error: Could not connect to the server 127.0.0.1:${rpcPort}

Make sure the bitcoind server is running and that you are connecting to the correct RPC port.
Use "bitcoin-cli -help" for more info.`);
  });
  if (response.status === 401) throw new CommandError('error: Authorization failed: Incorrect rpcuser or rpcpassword');
  const text = await response.text();
  if (text === '') throw new CommandError(`error: server returned HTTP error ${response.status}`);
  const { result, error } = JSON.parse(text) as Answer;
  if (error !== null) {
    throw new CommandError(`error code: ${error.code}\nerror message:\n${error.message}`, Math.abs(error.code));
  }
  return typeof result === 'string' ? result : result === null ? '' : JSON.stringify(result, null, 2);
}

try {
  const printed = await call(process.argv.slice(2));
  if (printed !== '') console.log(printed);
} catch (error) {
  if (!(error instanceof CommandError || error instanceof StartError)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof CommandError ? error.code : 1;
}
