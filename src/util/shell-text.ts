/** Text as a POSIX shell reads and writes it. */
import { basename } from 'node:path';

/**
 * Quotes a word for a POSIX shell. Single quotes stop every expansion, so a value from a recipe can
 * never become a command, an option separator or a redirection.
 */
export function shellQuote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * Splits a command line into words as a POSIX shell does: blanks separate, single quotes keep all,
 * double quotes keep all but `\` before `"`, `\`, `$` and backquote. Nothing is expanded. Throws
 * SyntaxError where a quote is not closed.
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  // A quoted word may be empty, so '' is different from no word.
  let word: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "'") {
      const end = text.indexOf("'", at + 1);
      if (end < 0) throw new SyntaxError('a single quote is not closed');
      word = (word ?? '') + text.slice(at + 1, end);
      at = end;
    } else if (char === '"') {
      word ??= '';
      for (at++; text[at] !== '"'; at++) {
        if (at >= text.length) throw new SyntaxError('a double quote is not closed');
        if (text[at] === '\\' && /["\\$`]/.test(text[at + 1] ?? '')) at++;
        word += text[at];
      }
    } else if (char === '\\') {
      if (at + 1 >= text.length) throw new SyntaxError('a backslash at the end escapes nothing');
      word = (word ?? '') + text[++at];
    } else {
      word = (word ?? '') + char;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** The command that a script names behind `#!`, also through env; undefined for other files. */
export function interpreterIn(start: string): string | undefined {
  const line = start.split('\n', 1)[0]!;
  const match = /^#!\s*(\S+)(?:\s+(?:-S\s+)?(\S+))?/.exec(line);
  if (!match) return undefined;
  const name = basename(match[1]!);
  return name === 'env' ? match[2] : name;
}
