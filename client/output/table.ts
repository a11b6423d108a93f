/** Tables for people: aligned, compact, without lines. */

/** What may stand in a cell; null and undefined are shown as `-`. */
export type Cell = string | number | boolean | null | undefined;

const GAP = '   ';

/** Rows under a line of headings, each ended by a newline. The last column is not padded. */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [headings, ...rows].map((row) => row.map(shown));
  const widths = headings.map((_heading, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(GAP))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** `Name:  value` lines with the values aligned; an empty name goes on under the value above. */
export function fields(pairs: readonly (readonly [string, Cell])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length)) + 1;
  return pairs.map(([name, value]) => `${(name === '' ? '' : `${name}:`).padEnd(width)}  ${shown(value)}\n`).join('');
}

/** Text from a cluster stays on its line and cannot command the terminal. */
function shown(cell: Cell): string {
  if (cell === null || cell === undefined || cell === '') return '-';
  return String(cell).replaceAll(/\p{Cc}+/gu, ' ');
}
