/**
 * Text with blanks. `{{…}}` is replaced by what the resolver says; what stands between the lines
 *
 *     <!-- with fleet price -->
 *     <!-- end -->
 *
 * is there only where all of these are, and between `<!-- without fleet -->` and `<!-- end -->` only where it is not. Pure.
 */
import { PageError } from './page-error.ts';

interface Blanks {
  /** @throws PageError for what there is not */
  resolve: (expression: string) => string;
  has: (name: string) => boolean;
}

const BLANK = /\{\{\s*([^{}]*?)\s*\}\}/g;
const MARK = /^<!-- (with|without|end)\b *([\w -]*?) *-->$/;

/** @throws PageError naming every blank that could not be filled, or the mark that has no other end */
export function fillTemplate(template: string, { resolve, has }: Blanks): string {
  const faults: string[] = [];
  const fill = (line: string): string =>
    line.replaceAll(BLANK, (blank, expression: string) => {
      try {
        return resolve(expression);
      } catch (error) {
        if (!(error instanceof PageError)) throw error;
        faults.push(`${blank}: ${error.message}`);
        return blank;
      }
    });
  const text = keptLines(template, has).map(fill).join('\n');
  if (faults.length > 0) throw new PageError(`The page asks for what there is not:\n${faults.join('\n')}`);
  return text;
}

function keptLines(template: string, has: (name: string) => boolean): string[] {
  const open: boolean[] = [];
  const kept: string[] = [];
  for (const line of template.split('\n')) {
    const [, mark, names = ''] = MARK.exec(line.trim()) ?? [];
    if (mark === undefined) {
      if (!open.includes(false)) kept.push(line);
    } else if (mark === 'end') {
      if (open.pop() === undefined) throw new PageError('An <!-- end --> has no beginning.');
    } else {
      const there = names.split(/\s+/).every(has);
      open.push(mark === 'with' ? there : !there);
    }
  }
  if (open.length > 0) throw new PageError(`${open.length} part(s) of the page have no <!-- end -->.`);
  return kept;
}
