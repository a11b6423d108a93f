/** Output for programs: the same value as JSON or YAML. */
import { stringify } from 'yaml';

export const FORMATS = ['table', 'json', 'yaml'] as const;
export type Format = (typeof FORMATS)[number];

/** The text of a value in this format; `page` is what people get. */
export function formatted(format: Format, value: unknown, page: () => string): string {
  switch (format) {
    case 'table':
      return page();
    case 'json':
      return `${JSON.stringify(value, null, 2)}\n`;
    case 'yaml':
      return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
  }
}

/** Several resources in the shape of `kubectl get -o json`. */
export const listOf = (items: readonly unknown[]): unknown => ({ apiVersion: 'v1', kind: 'List', items });
