/** Durations as people type them: `60s`, `1m30s`, `500ms`, `2h`; a bare number is seconds. */
const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/gy;

/** Longest delay that a timer of Node can hold, in milliseconds (some 24 days). */
export const MAX_DURATION_MS = 2 ** 31 - 1;

/** Milliseconds, or null for something that is no duration or longer than 24 days. */
export function parseDuration(text: string): number | null {
  const whole = /^\d+(\.\d+)?$/.test(text) ? `${text}s` : text;
  const parts = [...whole.matchAll(PART)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== whole) return null;
  const total = parts.reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS],
    0,
  );
  return total <= MAX_DURATION_MS ? Math.round(total) : null;
}

/** An age the way kubectl prints it, in its two largest units at most: `5s`, `3m20s`, `2h5m`, `3d4h`. */
export function printedAge(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  if (first < 0) return '0s';
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${String(amount)}${unit}`)
    .join('');
}
