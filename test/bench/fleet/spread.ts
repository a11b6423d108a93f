/** Whether many networks wake together. Pure. */

/** The most moments that fall into one whole second, and how many do on average; zero of both without any. */
export function busiestSecond(momentsMs: readonly number[], seconds: number): { most: number; mean: number } {
  const perSecond = new Map<number, number>();
  for (const moment of momentsMs) {
    const second = Math.floor(moment / 1000);
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
  }
  return { most: Math.max(0, ...perSecond.values()), mean: momentsMs.length / seconds };
}
