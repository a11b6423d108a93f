import { describe, expect, test } from '@jest/globals';
import { PageError } from './page-error.ts';
import { fillTemplate } from './template.ts';

const fill = (template: string, there: readonly string[] = []): string =>
  fillTemplate(template, {
    resolve: (expression) => {
      if (expression.startsWith('no')) throw new PageError(`there is no ${expression}`);
      return expression.toUpperCase();
    },
    has: (name) => there.includes(name),
  });

describe('a template', () => {
  test('keeps its text and fills its blanks, several in a line', () => {
    expect(fill('a {{one}} b {{ two: three }}\n\nc')).toBe('a ONE b TWO: THREE\n\nc');
  });

  test('names every blank that cannot be filled', () => {
    expect(() => fill('{{nothing}} {{one}}\n{{nobody :: x}}')).toThrow(
      'The page asks for what there is not:\n{{nothing}}: there is no nothing\n{{nobody :: x}}: there is no nobody :: x',
    );
  });

  const PARTS = 'a\n<!-- with fleet price -->\n{{b}}\n<!-- end -->\n<!-- without fleet -->\n{{c}}\n<!-- end -->\nd';

  test('has parts that are there only with all the reports that they need', () => {
    expect(fill(PARTS, ['fleet', 'price'])).toBe('a\nB\nd');
    expect(fill(PARTS, ['fleet'])).toBe('a\nd');
    expect(fill(PARTS)).toBe('a\nC\nd');
  });

  test('asks for nothing in a part that is not there', () => {
    expect(fill('<!-- with fleet -->\n{{nothing}}\n<!-- end -->\nd')).toBe('d');
  });

  test('may have parts within parts', () => {
    const nested = '<!-- with a -->\n1\n<!-- with b -->\n2\n<!-- end -->\n3\n<!-- end -->\n4';
    expect(fill(nested, ['a'])).toBe('1\n3\n4');
    expect(fill(nested, ['b'])).toBe('4');
  });

  test('with a part that has no other end is refused', () => {
    expect(() => fill('<!-- with a -->\n1')).toThrow(PageError);
    expect(() => fill('1\n<!-- end -->')).toThrow(PageError);
  });

  test('may have other comments', () => {
    expect(fill('<!-- without doubt, a comment. -->')).toBe('<!-- without doubt, a comment. -->');
  });
});
