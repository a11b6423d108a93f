/** How near a program found on the PATH must be to the version that the stack is built for. */
export type Fit =
  /** The same major and minor version. */
  | 'minor'
  /** One minor version older or newer is supported by Kubernetes' skew policy for kubectl. */
  | 'one-minor-apart'
  /** At least this version. */
  | 'at-least';

/** The first `1.2.3` or `1.2` in a text as numbers. */
export function parseVersion(text: string): [number, number, number] | undefined {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] : undefined;
}

/** Whether the version in `found`, a program's own words, fits `wanted`. Words without a version never do. */
export function versionFits(found: string, wanted: string, fit: Fit): boolean {
  const have = parseVersion(found);
  const want = parseVersion(wanted);
  if (!have || !want) return false;
  const [major, minor, patch] = have;
  if (fit === 'at-least') {
    if (major !== want[0]) return major > want[0];
    return minor === want[1] ? patch >= want[2] : minor > want[1];
  }
  return major === want[0] && Math.abs(minor - want[1]) <= (fit === 'minor' ? 0 : 1);
}
