import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { shellCode, shellQuote, writeCommands } from '../../deploy/local/environment.ts';
import { findProgram } from '../../deploy/local/parts/find.ts';
import { temporaryState } from './temporary.ts';

const state = temporaryState();
const sh = (script: string, PATH = process.env['PATH'] ?? ''): string =>
  execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8', env: { PATH } });

const wordsOfAnyKind = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom("'", '"', '\\', '$', '`', '\n', ' ', '!', '*', '~', '-', 'a', ';', '&') }),
  ),
  { minLength: 1, maxLength: 20 },
);

test('a shell reads back any word as it was', () => {
  fc.assert(
    fc.property(wordsOfAnyKind, (any) => {
      const words = any.map((word) => word.replaceAll('\0', '').toWellFormed());
      expect(sh(`printf '%s\\0' ${words.map(shellQuote).join(' ')}`)).toBe(words.map((word) => `${word}\0`).join(''));
    }),
    { numRuns: 50 },
  );
});

test.each([
  ['/usr/bin/node', '/usr/bin/node'],
  ['--address=127.0.0.1:7233', '--address=127.0.0.1:7233'],
  ['', "''"],
  ['two words', "'two words'"],
  ["it's", "'it'\\''s'"],
])('%j is quoted only as far as needed: %s', (word, quoted) => {
  expect(shellQuote(word)).toBe(quoted);
});

test('a shell that evaluates the code finds the commands of the stack first, and the rest as before', () => {
  const path = '/usr/bin:/a place:/checkout/node_modules/.bin:/bin';
  const script = `${shellCode(path)} printf '%s\\n' "$PATH" "$KUBECONFIG" "$TEMPORAL_ADDRESS" "$TEMPORAL_NAMESPACE"`;
  expect(sh(script).split('\n')).toEqual([
    `${state}/bin:/usr/bin:/a place:/bin`,
    `${state}/kubeconfig/super-admin.conf`,
    '127.0.0.1:7233',
    'default',
    '',
  ]);
});

test('evaluating it twice changes nothing more', () => {
  const once = `${state}/bin:/usr/bin:/bin`;
  expect(shellCode(once)).toBe(shellCode('/usr/bin:/bin'));
});

test('the commands hand over their arguments as they are', () => {
  writeCommands(new Map(['kubectl', 'temporal', 'ctr'].map((name) => [name, '/bin/echo'])));
  expect(readdirSync(join(state, 'bin')).sort()).toEqual(['btcnet', 'ctr', 'kubectl', 'node', 'temporal']);
  expect(sh(`kubectl 'two words' "it's"`, `${state}/bin:/bin`)).toBe("two words it's\n");
  expect(sh('ctr images list', `${state}/bin`)).toBe(
    `--address ${state}/run/containerd.sock --namespace k8s.io images list\n`,
  );
});

test('a command of the stack is never taken for the program that it leads to', () => {
  writeCommands(new Map(['kubectl', 'temporal', 'ctr'].map((name) => [name, '/bin/echo'])));
  process.env['PATH'] = `${state}/bin`;
  expect(findProgram('kubectl') ?? '').not.toContain(state);
});
