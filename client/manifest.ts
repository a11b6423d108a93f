/** Manifests as people write them, checked before the first of them is applied. */
import { parseAllDocuments } from 'yaml';
import { API_VERSION, KIND, NAME_MAX_LENGTH } from '../workflows/names.ts';
import { parseNodes, type NetworkSpec } from '../workflows/spec.ts';
import { BtcnetError } from './errors.ts';

/** A network to declare. Fields that are left out keep what they are, or get the default when the network is created. */
export interface NetworkManifest {
  namespace: string;
  name: string;
  /** What `BitcoinNetwork.spec` takes; fields that this version does not know are handed on to the API server. */
  spec: Partial<NetworkSpec>;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** A manifest whose namespace the caller may still choose. */
export type UnplacedManifest = Omit<NetworkManifest, 'namespace'> & { namespace?: string };

/**
 * The networks in a YAML or JSON text of one or more documents. Throws `REFUSED` naming the document and the field when one of
 * them is no `BitcoinNetwork`, so that nothing is applied by halves.
 *
 * @param source what the text is called in messages: a file's name
 */
export function parseManifests(text: string, source: string): UnplacedManifest[] {
  const documents = parseAllDocuments(text);
  const found: UnplacedManifest[] = [];
  for (const [index, document] of (Array.isArray(documents) ? documents : []).entries()) {
    const where = documents.length > 1 ? `${source}, document ${index + 1}` : source;
    const [problem] = document.errors;
    if (problem) throw refused(where, problem.message.split('\n', 1)[0] ?? 'it is not YAML');
    const value: unknown = document.toJS();
    if (value === null || value === undefined) continue;
    found.push(...(isList(value) ? value.items : [value]).map((item) => checked(item, where)));
  }
  if (found.length === 0) throw refused(source, `there is no ${KIND} in it`);
  return found;
}

/** The same checks for one manifest. */
export function checked(value: unknown, where: string): UnplacedManifest {
  if (!isRecord(value)) throw refused(where, `a ${KIND} is a map, not ${typeof value}`);
  const { apiVersion, kind, metadata, spec } = value;
  if (kind !== KIND) throw refused(where, `kind is ${shown(kind)}; btcnet applies ${KIND} only, kubectl the rest`);
  if (apiVersion !== API_VERSION) throw refused(where, `apiVersion must be ${API_VERSION}, not ${shown(apiVersion)}`);
  if (!isRecord(metadata)) throw refused(where, 'metadata is missing');
  if (!isRecord(spec)) throw refused(where, 'spec is missing');
  const { name, namespace, labels, annotations } = metadata;
  if (namespace !== undefined && typeof namespace !== 'string') throw refused(where, 'metadata.namespace must be text');
  return {
    name: checkedName(name, where),
    spec: checkedSpec(spec, where),
    ...(namespace === undefined ? {} : { namespace }),
    ...texts('labels', labels, where),
    ...texts('annotations', annotations, where),
  };
}

/** A name that the API server will take, and that leaves room for what is made from it. */
export function checkedName(name: unknown, where: string): string {
  if (typeof name !== 'string' || name === '') throw refused(where, 'metadata.name is missing');
  if (name.length > NAME_MAX_LENGTH) {
    throw refused(where, `metadata.name must have at most ${NAME_MAX_LENGTH} characters, not ${name.length}: ${name}`);
  }
  if (!/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)) {
    throw refused(where, `metadata.name must be lower case letters, digits and '-', starting with a letter: ${name}`);
  }
  return name;
}

/** Types of the fields that this version knows; the API server judges the values, and fields that are newer. */
const FIELD_TYPES = {
  nodes: 'number',
  secret: 'string',
  implementation: 'string',
  image: 'string',
  paused: 'boolean',
  refreshTip: 'boolean',
} as const satisfies Record<keyof NetworkSpec, string>;

/** Fields of a spec that this version does not know, as `spec.<field>`. */
export const unknownFields = (spec: object): string[] =>
  Object.keys(spec)
    .filter((field) => !(field in FIELD_TYPES))
    .map((field) => `spec.${field}`);

function checkedSpec(spec: Record<string, unknown>, where: string): Partial<NetworkSpec> {
  for (const [field, type] of Object.entries(FIELD_TYPES)) {
    const value = spec[field];
    if (field !== 'nodes' && value !== undefined && typeof value !== type) {
      throw refused(where, `spec.${field} must be a ${type}, not ${shown(value)}`);
    }
  }
  const { nodes } = spec;
  if (nodes === undefined) return spec;
  // A manifest holds an integer and nothing that merely reads like one: the API server refuses a text.
  if (typeof nodes !== 'number') throw refused(where, `spec.nodes must be an integer, not ${shown(nodes)}`);
  const parsed = parseNodes(nodes);
  if ('problem' in parsed) throw refused(where, `spec.${parsed.problem}`);
  return { ...spec, nodes: parsed.nodes };
}

function texts(field: 'labels' | 'annotations', value: unknown, where: string): Partial<NetworkManifest> {
  if (value === undefined || value === null) return {};
  if (!isRecord(value) || Object.values(value).some((one) => typeof one !== 'string')) {
    throw refused(where, `metadata.${field} must be a map of texts`);
  }
  return { [field]: value };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isList = (value: unknown): value is { items: unknown[] } => isRecord(value) && Array.isArray(value['items']);

const shown = (value: unknown): string => (value === undefined ? 'missing' : JSON.stringify(value));

const refused = (where: string, problem: string): BtcnetError => new BtcnetError('REFUSED', `${where}: ${problem}`);
