import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mineProblem, parseNodes } from '../../workflows/spec.ts';
import { MAX_NODES, networkOfWorkflowId, networkWorkflowId, ordinalOf, podName } from '../../workflows/names.ts';

describe('a number of nodes', () => {
  test.each([[4], ['4'], [{ nodes: 4 }], [{ nodes: '4' }]])('is read from %j', (input) => {
    expect(parseNodes(input)).toEqual({ nodes: 4 });
  });

  test.each([
    [-1],
    [5001],
    [1.5],
    ['four'],
    ['-1'],
    [null],
    [undefined],
    [{}],
    [[4]],
    [{ node: 4 }],
    [true],
    [''],
    [NaN],
  ])('is refused as %j, naming the field', (input) => {
    expect(parseNodes(input)).toEqual({ problem: expect.stringMatching(/^nodes must be /) });
  });

  test('is within the limits or refused, whatever is sent', () => {
    fc.assert(
      fc.property(fc.anything(), (input) => {
        const parsed = parseNodes(input);
        if ('nodes' in parsed) {
          expect(Number.isInteger(parsed.nodes) && parsed.nodes >= 0 && parsed.nodes <= MAX_NODES).toBe(true);
        } else {
          expect(parsed.problem).toMatch(/^nodes must be /);
        }
      }),
    );
  });
});

describe('a request to mine', () => {
  test.each([
    [{ blocks: 1 }],
    [{ blocks: 1000, node: 2 }],
    [{ blocks: 5, address: 'mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8' }],
  ])('%j is fine', (request) => {
    expect(mineProblem(request)).toBeNull();
  });

  test.each([
    [undefined, 'request'],
    [{ blocks: 0 }, 'blocks'],
    [{ blocks: 1001 }, 'blocks'],
    [{ blocks: 1, node: -1 }, 'node'],
    [{ blocks: 1, address: 'x y' }, 'address'],
  ])('%j is refused, naming %s', (request, field) => {
    expect(mineProblem(request)).toContain(field);
  });
});

describe('names', () => {
  test('a workflow id stands for one network and is found again', () => {
    expect(networkOfWorkflowId(networkWorkflowId('default', 'my-network'))).toEqual({
      namespace: 'default',
      name: 'my-network',
    });
    for (const id of [
      'watch-cluster',
      'bitcoin-network/default',
      'bitcoin-network//x',
      'bitcoin-network/a/b/c',
      'x/a/b',
    ]) {
      expect(networkOfWorkflowId(id)).toBeNull();
    }
  });

  test('an ordinal is read from the names of the own pods only', () => {
    fc.assert(
      fc.property(fc.nat({ max: 5000 }), (ordinal) => {
        expect(ordinalOf('my-network', podName('my-network', ordinal))).toBe(ordinal);
        expect(ordinalOf('my', podName('my-network', ordinal))).toBeNull();
      }),
    );
    expect(ordinalOf('my-network', 'my-network-sts-01')).toBeNull();
    expect(ordinalOf('my-network', 'my-network-sts-')).toBeNull();
  });
});
