/**
 * Splits a command line into words as a POSIX shell does: blanks separate, single quotes keep all,
 * double quotes keep all but `\` before `"`, `\`, `$` and backquote. Nothing is expanded. Throws
 * SyntaxError where a quote is not closed.
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  // A word may be empty when it was quoted, so that '' is told apart from no word.
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
      if (at + 1 >= text.length) throw new SyntaxError('a backslash stands at the end');
      word = (word ?? '') + text[++at];
    } else {
      word = (word ?? '') + char;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
