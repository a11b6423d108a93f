import { expect, test } from '@jest/globals';
import { hasCode } from '../../client/errors.ts';
import { parseManifests } from '../../client/manifest.ts';

const manifest = (fields: object): string =>
  JSON.stringify({
    apiVersion: 'bitcoincontroller.christianb93.github.com/v1',
    kind: 'BitcoinNetwork',
    metadata: { name: 'one' },
    spec: { nodes: 3 },
    ...fields,
  });

test("the original's manifests are taken, whatever its clients add to them", () => {
  const text = manifest({ spec: { nodes: 3, secret: '' }, status: { nodes: null } });
  expect(parseManifests(text, 'file')).toEqual([{ name: 'one', spec: { nodes: 3, secret: '' } }]);
});

test('several documents and lists are taken, empty documents are skipped', () => {
  const list = JSON.stringify({
    kind: 'List',
    items: [JSON.parse(manifest({ metadata: { name: 'two', namespace: 'n' } }))],
  });
  const found = parseManifests(`---\n${manifest({})}\n---\n---\n${list}\n`, 'file');
  expect(found.map(({ name, namespace }) => [name, namespace])).toEqual([
    ['one', undefined],
    ['two', 'n'],
  ]);
});

test('the number of nodes may be left to others', () => {
  expect(parseManifests(manifest({ spec: { image: 'x' } }), 'file')).toEqual([{ name: 'one', spec: { image: 'x' } }]);
});

test.each([
  ['another kind', manifest({ kind: 'Secret' }), 'kind is "Secret"'],
  ['another version', manifest({ apiVersion: 'v1' }), 'apiVersion must be'],
  ['no name', manifest({ metadata: {} }), 'metadata.name is missing'],
  ['a long name', manifest({ metadata: { name: 'a'.repeat(49) } }), 'at most 48 characters, not 49'],
  ['a bad name', manifest({ metadata: { name: 'One_1' } }), 'lower case letters'],
  ['a negative number', manifest({ spec: { nodes: -1 } }), 'spec.nodes must be from 0 to 5000, not -1'],
  ['too many nodes', manifest({ spec: { nodes: 5001 } }), 'spec.nodes must be from 0 to 5000'],
  ['a fraction', manifest({ spec: { nodes: 2.5 } }), 'spec.nodes must be an integer'],
  ['a text', manifest({ spec: { nodes: '3' } }), 'spec.nodes must be an integer, not "3"'],
  ['another type', manifest({ spec: { nodes: 3, paused: 'yes' } }), 'spec.paused must be a boolean, not "yes"'],
  ['no spec', manifest({ spec: undefined }), 'spec is missing'],
  ['bad labels', manifest({ metadata: { name: 'one', labels: { a: 1 } } }), 'metadata.labels'],
  ['no map', '- 1', 'a BitcoinNetwork is a map'],
  ['nothing', '', 'there is no BitcoinNetwork in it'],
  ['no YAML', 'a: [', 'file: '],
])('%s is refused, naming the field', (_case, text, message) => {
  let caught: unknown;
  try {
    parseManifests(text, 'file');
  } catch (error) {
    caught = error;
  }
  expect(hasCode(caught, 'REFUSED')).toBe(true);
  expect((caught as Error).message).toContain(message);
  expect((caught as Error).message).toMatch(/^file: /);
});

test('the document at fault is named', () => {
  expect(() => parseManifests(`${manifest({})}\n---\n${manifest({ kind: 'Secret' })}`, 'file')).toThrow(
    'file, document 2: kind',
  );
});
