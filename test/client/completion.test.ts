import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { shellQuote } from '../../deploy/local/environment.ts';
import { btcnet, FakeConnections } from './fake-cluster.ts';

/** What can stand at the end of a line, without what it is for. */
async function offered(line: string, connections = twoNetworks()): Promise<string[]> {
  const { code, out, err } = await btcnet(connections, `complete -- ${line}`);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out
    .split('\n')
    .filter((one) => one !== '')
    .map((one) => one.split('\t')[0] ?? '');
}

function twoNetworks(): FakeConnections {
  const connections = new FakeConnections();
  connections.fakeStore.put('alpha', { nodes: 1 });
  connections.fakeStore.put('beta', { nodes: 1 }, undefined, 'other');
  return connections;
}

describe('what fits where a line is being typed', () => {
  test.each([
    ['', ['apply', 'list', 'describe', 'scale', 'mine', 'rpc', 'wait', 'credentials', 'delete', 'completion', 'help']],
    ['sc', ['scale']],
    ['help de', ['describe', 'delete']],
    ['list -', ['--all-namespaces']],
    ['scale --no', ['--nodes', '--no-wait']],
    ['list -o ', ['table', 'json', 'yaml']],
    ['-o y', ['yaml']],
    ['list --output=j', ['--output=json']],
    ['wait alpha --for ', ['condition=Ready', 'condition=Peered', 'condition=Synced', 'delete']],
    ['wait alpha --for=d', ['--for=delete']],
    ['apply -f ', [':files']],
    ['apply --filename=one', [':files']],
    ['apply alpha --implementation b', ['bitcoin-core', 'btcd']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['scale ', ['alpha']],
    ['scale -o json a', ['alpha']],
    ['scale -- a', ['alpha']],
    ['describe --namespace=other ', ['beta']],
    ['-n other delete ', ['beta']],
    ['-n ', ['default', 'other']],
    ['scale alpha ', []],
    ['describe nothing-like-this', []],
    ['fly ', []],
  ])('%j', async (line, words) => {
    expect(await offered(line)).toEqual(expect.arrayContaining(words));
    if (!line.endsWith('-')) expect(await offered(line)).toHaveLength(words.length);
  });

  test('only what needs the cluster asks it, and one that does not answer is passed over', async () => {
    const connections = twoNetworks();
    await offered('list -', connections);
    expect([...connections.opened]).toEqual([]);
    connections.fakeStore.faults = [new Error('no route')];
    expect(await offered('delete ', connections)).toEqual([]);
    expect([...connections.opened]).toEqual(['kubernetes']);
  });

  test('is no command that people see', async () => {
    expect((await btcnet(twoNetworks(), '--help')).out).not.toMatch(/^ +complete /m);
  });
});

describe('in bash', () => {
  let folder: string;
  let apiServer: Server;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'btcnet-completion-'));
    apiServer = createServer((request, response) => {
      const namespace = /namespaces\/([^/]+)\//.exec(request.url ?? '')?.[1] ?? 'default';
      const items = ['alpha', 'alps'].map((name) => ({ metadata: { name, namespace } }));
      response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items }));
    });
    apiServer.listen(0, '127.0.0.1');
    await once(apiServer, 'listening');
    const { port } = apiServer.address() as AddressInfo;
    const cluster = { name: 'c', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } };
    const context = { name: 'c', context: { cluster: 'c', user: 'u' } };
    const kubeconfig = {
      clusters: [cluster],
      contexts: [context],
      users: [{ name: 'u', user: {} }],
      'current-context': 'c',
    };
    writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig));
    writeFileSync(join(folder, 'one network.yaml'), '');
    const program = fileURLToPath(new URL('../../client/main.ts', import.meta.url));
    writeFileSync(
      join(folder, 'btcnet'),
      `#!/bin/sh\nexec ${shellQuote(process.execPath)} --disable-warning=ExperimentalWarning ${shellQuote(program)} "$@"\n`,
    );
    chmodSync(join(folder, 'btcnet'), 0o755);
  });
  afterAll(async () => {
    apiServer.closeAllConnections();
    apiServer.close();
    await once(apiServer, 'close');
    rmSync(folder, { recursive: true, force: true });
  });

  /** What bash would put in place of the word under the cursor; `words` is the line as readline breaks it. */
  async function replies(line: string, words: string[]): Promise<string[]> {
    const code = `
      set -eu
      eval "$(btcnet completion bash)"
      [[ "$(complete -p btcnet)" == 'complete -F _btcnet btcnet' ]]
      COMP_LINE=${shellQuote(line)}
      COMP_POINT=\${#COMP_LINE}
      COMP_WORDS=(${words.map(shellQuote).join(' ')})
      COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
      _btcnet btcnet "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD - 1]}"
      printf '%s\\n' \${COMPREPLY[@]+"\${COMPREPLY[@]}"}`;
    const env = {
      ...process.env,
      KUBECONFIG: join(folder, 'kubeconfig'),
      PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    };
    const bash = spawn('bash', ['--norc', '--noprofile', '-c', code], { cwd: folder, env });
    const written = { out: '', err: '' };
    bash.stdout.on('data', (text: Buffer) => (written.out += text.toString()));
    bash.stderr.on('data', (text: Buffer) => (written.err += text.toString()));
    const [exit] = (await once(bash, 'close')) as [number | null];
    expect({ exit, err: written.err }).toEqual({ exit: 0, err: '' });
    return written.out.split('\n').filter((one) => one !== '');
  }

  test.each<[string, string[], string[]]>([
    ['btcnet des', ['btcnet', 'des'], ['describe']],
    ['btcnet describe al', ['btcnet', 'describe', 'al'], ['alpha', 'alps']],
    ['btcnet describe ', ['btcnet', 'describe', ''], ['alpha', 'alps']],
    ['btcnet list --all', ['btcnet', 'list', '--all'], ['--all-namespaces']],
    // What stands before the last `=` is there already: bash breaks the word there.
    ['btcnet list --output=y', ['btcnet', 'list', '--output', '=', 'y'], ['yaml']],
    ['btcnet wait a --for condition=P', ['btcnet', 'wait', 'a', '--for', 'condition', '=', 'P'], ['Peered']],
    ['btcnet apply -f one', ['btcnet', 'apply', '-f', 'one'], ['one network.yaml']],
    ['btcnet scale alpha ', ['btcnet', 'scale', 'alpha', ''], []],
  ])('%j', async (line, words, expected) => {
    expect(await replies(line, words)).toEqual(expected);
  });
});

test.each(['bash', 'zsh', 'fish'])('the code for %s asks the program, and declares itself for it', async (shell) => {
  const { code, out } = await btcnet(new FakeConnections(), `completion ${shell}`);
  expect(code).toBe(0);
  expect(out).toContain('complete -- ');
  expect(out).toMatch(/^ *(complete -F _btcnet|compdef _btcnet|complete -c) btcnet/m);
});
