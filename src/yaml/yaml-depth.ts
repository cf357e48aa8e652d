/** Nobody nests by hand as deeply as this, and the parser could still do several times as much. */
const maximumDepth = 500;

/**
 * Whether a text is not to be given to a parser. Looks at brackets and dashes alone, whatever they mean. The parser calls itself for each of them, and
 * Node ends the whole process when a pattern is first compiled where little is left of the stack.
 */
export function nestsTooDeeply(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[{\]}]/g)) {
    depth = bracket === '[' || bracket === '{' ? depth + 1 : Math.max(0, depth - 1);
    if (depth > maximumDepth) return true;
  }
  return new RegExp(`(?:[-?:][ \\t]+){${maximumDepth}}`).test(text);
}
