import { expect, test } from '@jest/globals';
import { descriptionPage } from '../../client/output/description.ts';
import { formatted } from '../../client/output/format.ts';
import { networksTable } from '../../client/output/networks.ts';
import { Progress } from '../../client/output/progress.ts';
import { table } from '../../client/output/table.ts';
import { description, FakeStore, NOW, settledStatus } from './fake-cluster.ts';

test('a table is aligned, shows what is missing as a dash, and ends no line with blanks', () => {
  const text = table(
    ['NAME', 'NODES', 'NOTE'],
    [
      ['a', 10, null],
      ['longer-name', 3, 'x'],
    ],
  );
  expect(text).toBe('NAME          NODES   NOTE\na             10      -\nlonger-name   3       x\n');
});

test('text from a cluster stays on its line and cannot command the terminal', () => {
  expect(table(['MESSAGE'], [['two\nlines \u001b[31mred']])).toBe('MESSAGE\ntwo lines  [31mred\n');
});

test('networks are listed with the columns of kubectl, and a new one without a status too', () => {
  const store = new FakeStore();
  const networks = [store.put('one', { nodes: 3 }, settledStatus(3, 1, 101)), store.put('new', { nodes: 2 })];
  expect(networksTable(networks, false, NOW).split('\n')).toEqual([
    'NAME   NODES   READY   PEERED   HEIGHT   AGE',
    'one    3       3       True     101      10m',
    'new    2       -       -        -        10m',
    '',
  ]);
  expect(networksTable(networks, true, NOW).split('\n')[1]).toBe(
    'default     one    3       3       True     101      10m',
  );
});

test('a description has a section for everything that is known, and says what is not', () => {
  const network = new FakeStore().put('one', { nodes: 3, secret: 'mine' }, settledStatus(3, 1, 101));
  const events = [
    { time: '2030-01-01T00:09:00Z', type: 'Normal', reason: 'Peered', message: 'All connected.', count: 2 },
  ];
  const known = { network, events, workflowId: 'bitcoin-network/default/one' };
  const page = descriptionPage({ ...known, workflow: description('Settled'), notes: ['something is away'] }, NOW);
  expect(page).toContain('Nodes:           3 declared, 3 ready\n');
  expect(page).toContain('Secret:          mine\n');
  expect(page).toContain('Chain:           height 101, first seen 2m ago\n');
  expect(page).toContain('Settled after 7 passes: Everything is as declared.\n');
  expect(page).toMatch(/Conditions\nTYPE +STATUS +REASON +SINCE +MESSAGE\nReady +True +Fine +5m +All is well\./);
  expect(page).toMatch(/Events\nSEEN +TYPE +REASON +COUNT +MESSAGE\n1m +Normal +Peered +2 +All connected\./);
  expect(page).toContain('Note: something is away\n');
  expect(page).not.toContain('being deleted');
});

test('a description of a large network shows its first nodes and how many more there are', () => {
  const nodes = Array.from({ length: 30 }, (_, ordinal) => ({
    ordinal,
    ready: true,
    ip: '10.0.0.1',
    nodeName: `one-sts-${ordinal}`,
    dnsName: `one-sts-${ordinal}.one-svc`,
  }));
  const network = new FakeStore().put('one', { nodes: 30 }, { ...settledStatus(30, 1), nodes });
  const page = descriptionPage({ network, events: [], workflowId: 'x', workflow: null, notes: [] }, NOW);
  expect(page).toContain('one-sts-19 ');
  expect(page).not.toContain('one-sts-20');
  expect(page).toContain('(10 more: btcnet describe -o json)');
});

test('programs get JSON or YAML of the same value', () => {
  const value = { nodes: 3, name: 'one' };
  const page = (): string => 'page';
  expect(formatted('json', value, page)).toBe('{\n  "nodes": 3,\n  "name": "one"\n}\n');
  expect(formatted('yaml', value, page)).toBe('nodes: 3\nname: one\n');
  expect(formatted('table', value, page)).toBe('page');
});

const progressOn = (terminal: boolean): { progress: Progress; written: string[] } => {
  const written: string[] = [];
  const err = (text: string): void => void written.push(text);
  const io = { out: err, err, terminal, columns: 20, read: () => '', now: () => NOW, debug: false };
  return { progress: new Progress(io), written };
};

test('progress is a line per change where stderr is no terminal', () => {
  const { progress, written } = progressOn(false);
  for (const line of ['one', 'one', 'two']) progress.update(line);
  progress.end();
  expect(written).toEqual(['one\n', 'two\n']);
});

test('progress is one line on a terminal, rewritten, never wider than it, and gone at the end', () => {
  const { progress, written } = progressOn(true);
  progress.update('short');
  progress.update('a line that is longer than the terminal');
  progress.end();
  expect(written).toEqual(['\r\u001b[2Kshort', '\r\u001b[2Ka line that is lon…', '\r\u001b[2K']);
});
