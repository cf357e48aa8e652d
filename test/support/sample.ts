/**
 * Whether all of the exhaustive tests are to run, as `npm run test:exhaustive` asks for it. Otherwise
 * each takes a sample, which is the same every time.
 */
export const isExhaustive = process.env.STUBFORGE_EXHAUSTIVE === '1';

/** Every n-th of a list, the first one included; all of them where all are to be tested. */
export function sample<Item>(items: readonly Item[], every: number): Item[] {
  return items.filter((_item, index) => isExhaustive || index % every === 0);
}
