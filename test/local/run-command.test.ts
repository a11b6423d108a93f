import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { withDirectCluster } from '../../deploy/local/daemons/proxies.ts';
import { runCommand, tryCommand } from '../../deploy/local/run-command.ts';
import { settleAll } from '../../deploy/local/settle.ts';
import { StackError } from '../../deploy/local/stack-error.ts';

const sh = (script: string): [string, string[]] => ['/bin/sh', ['-c', script]];

test('a command hands back what it has written', async () => {
  await expect(runCommand(...sh('echo out; echo err >&2'))).resolves.toBe('out\n');
  await expect(tryCommand(...sh('echo out; echo err >&2; exit 3'))).resolves.toEqual({
    code: 3,
    stdout: 'out\n',
    stderr: 'err\n',
  });
});

test('a command that fails is told with its exit code and its last words', async () => {
  const failing = runCommand(...sh('seq 100 >&2; exit 3'));
  await expect(failing).rejects.toThrow(StackError);
  await expect(failing).rejects.toThrow(/exit code 3:\n76\n77\n(.|\n)*\n100$/);
});

test('one that says nothing on stderr is quoted from stdout', async () => {
  await expect(runCommand(...sh('echo no space; exit 1'))).rejects.toThrow('no space');
});

test('a command reads its input to the end', async () => {
  const input = 'line\n'.repeat(100_000);
  await expect(runCommand('cat', [], { input })).resolves.toBe(input);
});

test('one that does not read it is judged by its exit code', async () => {
  await expect(tryCommand(...sh('exec <&-; exit 4'), { input: 'line\n'.repeat(100_000) })).resolves.toMatchObject({
    code: 4,
  });
});

test('lines come one by one, whatever pieces they are written in', async () => {
  const lines: string[] = [];
  await runCommand(...sh("printf 'one\\ntw' >&2; printf 'o\\nthree\\n' >&2"), { onLine: (line) => lines.push(line) });
  expect(lines).toEqual(['one', 'two', 'three']);
});

test('a command that is not there cannot be started', async () => {
  await expect(tryCommand('btcnet-nowhere', [])).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a failure is told only when everything else has ended', async () => {
  const ended: string[] = [];
  const slow = async (): Promise<void> => {
    for (let turns = 0; turns < 20; turns++) await turn();
    ended.push('slow');
  };
  await expect(settleAll([Promise.reject(new Error('port taken')), slow()])).rejects.toThrow('port taken');
  expect(ended).toEqual(['slow']);
  await expect(settleAll([])).resolves.toBeUndefined();
});

test("the cluster's own addresses are called without the caller's proxy", () => {
  const environment = withDirectCluster({ HTTPS_PROXY: 'http://proxy:3128', no_proxy: 'intranet,localhost' });
  expect(environment).toMatchObject({ HTTPS_PROXY: 'http://proxy:3128' });
  expect(environment['NO_PROXY']?.split(',')).toEqual([
    'intranet',
    'localhost',
    '127.0.0.1',
    '10.244.0.0/16',
    '10.96.0.0/16',
    '.cluster.local',
  ]);
  expect(environment['no_proxy']).toBe(environment['NO_PROXY']);
});
