/**
 * What has happened to a network, in lines for people, shown in the details of its workflow. Costs the history nothing: it follows from
 * what the history has. Pure: no imports but from the model.
 */
import type { Failure } from './observation.ts';

/** Lines that are kept, and the length of one in characters. */
const MAX_LINES = 30;
const MAX_LENGTH = 200;

/** @param at ISO 8601 */
export function enter(diary: string[], what: string, at: string): void {
  const line = `\`${at.slice(0, 19).replace('T', ' ')}\` ${shortened(what, MAX_LENGTH)}`;
  if (saying(diary.at(-1)) === saying(line)) return;
  diary.push(line);
  diary.splice(0, diary.length - MAX_LINES);
}

/** A line without its time. */
const saying = (line: string | undefined): string | undefined => line?.slice(line.indexOf('` ') + 2);

export const shortened = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;

export const worked = (what: string): string => `✓ ${what}`;
export const failed = (what: string, { reason, message }: Failure): string => `✗ ${what}: **${reason}** ${message}`;
