import { closest, distance } from 'fastest-levenshtein';

/** The candidate that the user most likely meant, or undefined when none is near enough. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  // Nobody mistypes a name into a long text, and comparing one takes its time.
  if (candidates.length === 0 || word.length > 100) return undefined;
  const best = closest(word, candidates);
  return distance(word, best) <= Math.max(2, Math.floor(word.length / 3)) ? best : undefined;
}

/** `did you mean 'x'?` or, when nothing is near, the list of what is valid. */
export function suggestion(word: string, candidates: readonly string[], what: string): string {
  const best = nearest(word, candidates);
  if (best) return `did you mean '${best}'?`;
  return candidates.length > 0
    ? `valid ${what} are: ${[...candidates].sort().join(', ')}`
    : `there are no ${what}`;
}
