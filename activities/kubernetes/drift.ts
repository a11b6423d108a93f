/** Whether a live object is still what was declared. Pure. */

/**
 * Every field that is declared has the declared value in the live object; what others added beside it is theirs. A declared
 * element of a list of objects is sought anywhere in the live list; lists of plain values must be equal.
 */
export function declares(declared: unknown, live: unknown): boolean {
  if (Array.isArray(declared)) return Array.isArray(live) && listDeclares(declared, live);
  if (isRecord(declared)) {
    if (!isRecord(live)) return Object.values(declared).every(isNothing);
    return Object.entries(declared).every(([key, value]) =>
      isNothing(value) ? isNothing(live[key]) : declares(value, live[key]),
    );
  }
  return declared === live;
}

function listDeclares(declared: readonly unknown[], live: readonly unknown[]): boolean {
  if (declared.every(isRecord)) return declared.every((one) => live.some((other) => declares(one, other)));
  return declared.length === live.length && declared.every((one, index) => declares(one, live[index]));
}

/** Values that the API server leaves out of what it stores. */
function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.values(value).every(isNothing);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Two flat maps with the same entries. */
export function sameMap(one: Record<string, string> = {}, other: Record<string, string> = {}): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}
