/** The comparison of rights with requests: what it finds, and that it finds it. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { GROUP, PLURAL } from '../../workflows/names.ts';
import { type AuditEvent, compareRights, type Rule } from '../support/rights.ts';

const text = readFileSync(new URL('../../deploy/rbac.yaml', import.meta.url), 'utf8');
const role = parseAllDocuments(text)
  .map((document) => document.toJS() as { kind: string; rules: Rule[] })
  .find(({ kind }) => kind === 'ClusterRole');
const RULES = role?.rules ?? [];

/** A request as the API server writes it down. */
function request(verb: string, group: string, resource: string, name?: string): AuditEvent {
  const [plural, subresource] = resource.split('/');
  const objectRef = {
    ...(group === '' ? {} : { apiGroup: group }),
    resource: plural ?? '',
    ...(subresource === undefined ? {} : { subresource }),
    ...(name === undefined ? {} : { name }),
  };
  const answered = { responseStatus: { code: 200 }, annotations: { 'authorization.k8s.io/decision': 'allow' } };
  const user = { username: 'worker' };
  const requestReceivedTimestamp = '2026-01-01T00:00:00.000000Z';
  return {
    stage: 'ResponseComplete',
    verb,
    requestURI: '/x?y=z',
    user,
    objectRef,
    ...answered,
    requestReceivedTimestamp,
  };
}

const refused = (event: AuditEvent, decision: string): AuditEvent => ({
  ...event,
  responseStatus: { code: 403 },
  annotations: { 'authorization.k8s.io/decision': decision },
});

/** One request for each right of some rules; the API server writes the name of what is created, too. */
const requestsFor = (rules: readonly Rule[]): AuditEvent[] =>
  rules.flatMap(({ apiGroups, resources, resourceNames = ['some'], verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) => resourceNames.map((name) => request(verb, group, resource, name))),
      ),
    ),
  );

/** Without the two rights that the API server asks for on the way to something else. */
const LIFE = requestsFor(RULES).filter(
  ({ verb, objectRef }) =>
    objectRef?.subresource !== 'finalizers' && !(verb === 'create' && objectRef?.subresource === 'portforward'),
);

const without = (rules: readonly Rule[], index: number, verb: string): Rule[] =>
  rules.map((rule, at) => (at === index ? { ...rule, verbs: rule.verbs.filter((one) => one !== verb) } : rule));

const EACH = RULES.flatMap(({ resources, verbs }, index) =>
  verbs.map((verb) => [verb, resources.join(', '), index] as const),
);

test('rights that are all needed and all given: nothing is found', () => {
  expect(RULES.length).toBeGreaterThan(5);
  expect(compareRights(RULES, LIFE)).toEqual({ missing: [], unused: [] });
});

test.each(EACH)('without the right to %s %s a request misses it', (verb, resources, index) => {
  const { missing, unused } = compareRights(without(RULES, index, verb), LIFE);
  expect(unused).toEqual([]);
  expect(missing.length).toBeGreaterThan(0);
  for (const one of missing) {
    expect(one).toMatch(new RegExp(`^${verb} `));
    expect(resources).toContain(one.split(' ')[1]?.split(/[./]/)[0]);
  }
});

test.each(EACH)('the right to %s %s is unused where nobody asks for it', (verb, _resources, index) => {
  const fewer = without(RULES, index, verb);
  const rest = LIFE.filter((event) => compareRights(fewer, [event]).missing.length === 0);
  const found = compareRights(RULES, rest);
  expect(found.missing).toEqual([]);
  expect(found.unused.some((one) => one.startsWith(`${verb} `))).toBe(true);
});

describe('a planted rule is found', () => {
  test.each<[string, Rule, string]>([
    ['for another verb', { apiGroups: [''], resources: ['secrets'], verbs: ['list'] }, 'list secrets'],
    ['for another kind', { apiGroups: [''], resources: ['nodes'], verbs: ['get'] }, 'get nodes'],
    ['for another group', { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create'] }, 'create jobs.batch'],
    ['for a subresource', { apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] }, 'create pods/exec'],
    ['for another name', { apiGroups: [''], resources: ['namespaces'], resourceNames: ['x'], verbs: ['get'] }, 'get namespaces x'], // prettier-ignore
    ['that is there already', { apiGroups: [''], resources: ['pods'], verbs: ['get'] }, 'get pods'],
    ['for everything', { apiGroups: ['*'], resources: ['*'], verbs: ['*'] }, '* *.*'],
  ])('%s', (_what, rule, unused) => {
    expect(compareRights([...RULES, rule], LIFE)).toEqual({ missing: [], unused: [unused] });
  });
});

describe('a request', () => {
  const missingFor = (event: AuditEvent): string[] => compareRights(RULES, [event]).missing;

  test('that no rule allows is missing its right, even if it was answered', () => {
    expect(missingFor(request('list', '', 'secrets'))).toEqual(['list secrets']);
    expect(missingFor(request('patch', 'apps', 'statefulsets/scale', 'x'))).toEqual(['patch statefulsets.apps/scale']);
    expect(missingFor(request('get', '', 'statefulsets', 'x'))).toEqual(['get statefulsets']);
  });
  test('for one of the names is allowed, and for another one or for all is not', () => {
    expect(missingFor(request('get', '', 'namespaces', 'kube-system'))).toEqual([]);
    expect(missingFor(request('get', '', 'namespaces', 'default'))).toEqual(['get namespaces default']);
    expect(missingFor(request('list', '', 'namespaces'))).toEqual(['list namespaces']);
  });
  test('that was refused is missing its right, unless it was a quota that refused it', () => {
    expect(missingFor(refused(request('get', '', 'pods', 'x'), 'forbid'))).toEqual(['get pods']);
    expect(missingFor(refused(request('create', '', 'services', 'x'), 'allow'))).toEqual([]);
  });
  test('for a path is missing a right, because none of the rules is about paths', () => {
    const event = { ...request('get', '', 'x'), objectRef: {}, requestURI: '/metrics?x' };
    expect(missingFor(event)).toEqual(['get /metrics']);
  });
  test('to forward a port needs two rights, and one to make a child that of its owner', () => {
    const only = (resource: string): Rule[] => RULES.filter(({ resources }) => !resources.includes(resource));
    const forward = request('get', '', 'pods/portforward', 'x');
    expect(compareRights(only('pods/portforward'), [forward]).missing).toEqual(['create pods/portforward', 'get pods/portforward']); // prettier-ignore
    const child = request('create', 'apps', 'statefulsets', 'x');
    expect(compareRights(only(`${PLURAL}/finalizers`), [child]).missing).toEqual([`update ${PLURAL}.${GROUP}/finalizers`]); // prettier-ignore
  });
});

test('of any rules and requests: nothing is found twice over, and what is found mends it', () => {
  const word = fc.constantFrom('a', 'b', 'c');
  const words = fc.uniqueArray(word, { minLength: 1, maxLength: 2 });
  const rule = fc.record({ apiGroups: words, resources: words, verbs: words, resourceNames: words }, { requiredKeys: ['apiGroups', 'resources', 'verbs'] }); // prettier-ignore
  const event = fc.tuple(word, word, word, word).map((parts) => request(...parts));
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 5 }), fc.array(event, { maxLength: 8 }), (rules, events) => {
      const found = compareRights(rules, events);
      const given = events.map(({ verb, objectRef: { apiGroup = '', resource = '' } = {} }) => ({ apiGroups: [apiGroup], resources: [resource], verbs: [verb] })); // prettier-ignore
      expect(compareRights([...rules, ...given], events).missing).toEqual([]);
      expect(compareRights(rules, events.toReversed())).toEqual(found);
      expect(compareRights(rules, []).missing).toEqual([]);
      expect(found.missing).toEqual(found.missing.toSorted());
      expect(new Set(found.unused).size).toBe(found.unused.length);
    }),
  );
});
