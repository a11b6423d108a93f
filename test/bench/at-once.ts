/** Does something for each of many, a limited number at a time; returns what came of it, in their order. */
export async function atOnce<T, R>(all: readonly T[], limit: number, work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const goOn = async (): Promise<void> => {
    for (let index = next; index < all.length; index = next) {
      next += 1;
      results[index] = await work(all[index] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, all.length) }, goOn));
  return results;
}
