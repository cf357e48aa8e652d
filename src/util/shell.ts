/**
 * Quotes a word for a POSIX shell. Single quotes stop every expansion, so a value from a recipe can
 * never become a command, an option separator or a redirection.
 */
export function shellQuote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
