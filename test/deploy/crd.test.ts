/** The manifests in deploy/ say what the code says: names, limits and fields are held together here. */
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { GROUP, KIND, MAX_NODES, NAME_MAX_LENGTH, PLURAL, VERSION } from '../../workflows/names.ts';
import { IMPLEMENTATIONS } from '../../workflows/spec.ts';
import { theFacts, NOW, aNetwork, pods } from '../support/facts.ts';
import { desiredStatus } from '../../workflows/status.ts';

interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  required?: string[];
  description?: string;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  nullable?: boolean;
  pattern?: string;
  'x-kubernetes-validations'?: { rule: string; message: string }[];
}

interface Crd {
  metadata: { name: string };
  spec: {
    group: string;
    scope: string;
    names: { kind: string; plural: string; listKind: string; shortNames: string[]; categories: string[] };
    versions: {
      name: string;
      served: boolean;
      storage: boolean;
      subresources: { status: object; scale: Record<string, string> };
      additionalPrinterColumns: { name: string; priority?: number }[];
      schema: { openAPIV3Schema: Schema };
    }[];
  };
}

const crd = parse(readFileSync(new URL('../../deploy/crd.yaml', import.meta.url), 'utf8')) as Crd;
const [version, ...otherVersions] = crd.spec.versions;
const root = version?.schema.openAPIV3Schema ?? {};
const field = (...path: string[]): Schema =>
  path.reduce<Schema>((at, name) => (name === '[]' ? at.items : at.properties?.[name]) ?? {}, root);

test('the resource has the group, version, kind and names that the code uses', () => {
  expect(crd.metadata.name).toBe(`${PLURAL}.${GROUP}`);
  expect(crd.spec).toMatchObject({ group: GROUP, scope: 'Namespaced', names: { kind: KIND, plural: PLURAL } });
  expect(version).toMatchObject({ name: VERSION, served: true, storage: true });
  expect(otherVersions).toEqual([]);
});

test('the limits on nodes and names are those of the code', () => {
  expect(field('spec', 'nodes')).toMatchObject({ type: 'integer', minimum: 0, maximum: MAX_NODES });
  expect(field('status', 'nodes')).toMatchObject({ maxItems: MAX_NODES, nullable: true });
  expect(root['x-kubernetes-validations']?.[0]).toMatchObject({
    rule: `self.metadata.name.size() <= ${NAME_MAX_LENGTH}`,
    message: expect.stringContaining(`${NAME_MAX_LENGTH} characters`),
  });
});

test('only nodes is required, and the implementations are those of the code', () => {
  expect(field('spec').required).toEqual(['nodes']);
  expect(field('spec', 'implementation').enum).toEqual([...IMPLEMENTATIONS]);
});

test('every field is described', () => {
  const undescribed = (schema: Schema, path: string): string[] => [
    ...(schema.description === undefined && !path.endsWith('[]') && path !== '.metadata' ? [path] : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, one]) =>
      path === '.metadata' ? [] : undescribed(one, `${path}.${name}`),
    ),
    ...(schema.items ? undescribed(schema.items, `${path}[]`) : []),
  ];
  expect(undescribed(root, '')).toEqual([]);
});

test('an empty name of a Secret is accepted, as the clients of the original send it', () => {
  const pattern = new RegExp(field('spec', 'secret').pattern ?? 'x');
  expect(['', 'bitcoin-default-secret', 'a.b'].filter((name) => !pattern.test(name))).toEqual([]);
  expect(['A', '-a', 'a-', 'a b'].filter((name) => pattern.test(name))).toEqual([]);
});

test('kubectl scale finds nodes, replicas and selector', () => {
  expect(version?.subresources.scale).toEqual({
    specReplicasPath: '.spec.nodes',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  });
});

test('kubectl get shows nodes, ready, peered, height and age', () => {
  const columns = version?.additionalPrinterColumns.filter(({ priority }) => priority === undefined);
  expect(columns?.map(({ name }) => name)).toEqual(['Nodes', 'Ready', 'Peered', 'Height', 'Age']);
});

test('the schema has a place for everything that the status can say, and keeps it', () => {
  const unknown = (value: unknown, schema: Schema, path: string): string[] => {
    if (Array.isArray(value)) return value.flatMap((one) => unknown(one, schema.items ?? {}, `${path}[]`));
    if (typeof value !== 'object' || value === null) return schema.type === undefined ? [path] : [];
    return Object.entries(value).flatMap(([key, one]) => {
      const inner = schema.properties?.[key];
      return inner === undefined ? [`${path}.${key}`] : unknown(one, inner, `${path}.${key}`);
    });
  };
  const network = aNetwork({ nodes: 3 });
  const status = desiredStatus({ ...theFacts({ network, pods: pods(3) }), network }, NOW);
  expect(status.chain).toBeDefined();
  expect(unknown(status, field('status'), 'status')).toEqual([]);
});
