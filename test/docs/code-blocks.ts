/** The examples of a page, as they stand there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const CHECKOUT = join(import.meta.dirname, '..', '..');

export interface CodeBlock {
  /** What follows the language: `run` is for those that are run. */
  mark: string;
  code: string;
}

/** @param page path in the checkout */
export function codeBlocks(page: string, language: string): CodeBlock[] {
  const text = readFileSync(join(CHECKOUT, page), 'utf8');
  return [...text.matchAll(/^```(\w+) ?(.*)\n([^]*?)^```$/gm)]
    .filter(([, found]) => found === language)
    .map(([, , mark = '', code = '']) => ({ mark, code }));
}
