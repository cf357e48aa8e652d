/**
 * `{{name}}` in the phases of build systems and in the words of recipes.
 *
 * In a phase every value becomes quoted shell words, so that no text of a recipe, a path or a version
 * can become a command. A placeholder inside quotes would undo that and is an error.
 */
import { shellQuote } from '../util/shell-text.js';

/** The values that phases and recipes can name; all are text, and empty where they do not apply. */
export const engineValues: Readonly<Record<string, string>> = {
  source: 'the unpacked source',
  build: 'an empty folder beside the source, and the current folder unless in-tree is true',
  dest: 'where files are installed instead of /: DESTDIR',
  prefix: 'the prefix that is compiled in: /usr',
  triple: 'the triple that it is built for; empty for tools',
  'build-triple': 'the triple of the build machine',
  sysroot: 'headers and libraries of all that the recipe needs',
  jobs: 'how many jobs may run at once',
  'meson-cross-file': 'the cross file for meson; empty for tools',
  'cmake-toolchain-file': 'the toolchain file for CMake; empty for tools',
  'config-site': "the toolchain's answers for configure scripts: CONFIG_SITE; empty for tools",
  'meson-answers': "the toolchain's answers for meson, a second cross file; empty for tools",
  'cmake-answers': "the toolchain's answers for CMake, an initial cache; empty for tools",
  'recipe-dir': "a folder that holds the recipe's own, which has the recipe's name",
  architecture: 'the partial architecture, e.g. stubdom-amd64; native for tools',
  cpu: "the triple's first part, e.g. x86_64 or i686",
};

export interface Placeholder {
  name: string;
  /** As written, with its braces. */
  text: string;
  offset: number;
  /** It is inside single or double quotes. */
  quoted: boolean;
  /** It is a word of its own, so a list can become several words. */
  alone: boolean;
}

const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/y;

/** All placeholders of a shell script in their order, with how the shell would read them. */
export function placeholders(script: string): Placeholder[] {
  const found: Placeholder[] = [];
  let quote: string | undefined;
  for (let at = 0; at < script.length; at++) {
    const char = script[at]!;
    placeholder.lastIndex = at;
    const match = placeholder.exec(script);
    if (match) {
      const end = at + match[0].length;
      found.push({
        name: match[1]!,
        text: match[0],
        offset: at,
        quoted: quote !== undefined,
        alone: /^[\s;()]?$/.test(script[at - 1] ?? '') && /^[\s;()]?$/.test(script[end] ?? ''),
      });
      at = end - 1;
    } else if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else if (char === '\\' && quote === '"') at++;
    } else if (char === '\\') {
      at++;
    } else if (char === "'" || char === '"') {
      quote = char;
    } else if (char === '#' && /^[\s;]?$/.test(script[at - 1] ?? '')) {
      // An apostrophe in a comment opens no quotes.
      const end = script.indexOf('\n', at);
      at = end < 0 ? script.length : end;
    }
  }
  return found;
}

/** Puts values into a script, each as quoted words. A missing value is a defect. */
export function fillScript(
  script: string,
  values: Readonly<Record<string, string | readonly string[]>>,
): string {
  let filled = '';
  let from = 0;
  for (const each of placeholders(script)) {
    const value = Object.hasOwn(values, each.name) ? values[each.name] : undefined;
    if (value === undefined) throw new Error(`no value for ${each.text}`);
    const words = typeof value === 'string' ? [value] : value;
    filled += script.slice(from, each.offset) + words.map(shellQuote).join(' ');
    from = each.offset + each.text.length;
  }
  return filled + script.slice(from);
}

/** The names of the placeholders in a word of a recipe. */
export function namesInWord(word: string): string[] {
  return [...word.matchAll(/\{\{\s*([^{}]*?)\s*\}\}/g)].map((match) => match[1]!);
}

/** Puts values into a word of a recipe, which stays one word whatever they contain. */
export function fillWord(word: string, values: Readonly<Record<string, string>>): string {
  return word.replace(/\{\{\s*([^{}]*?)\s*\}\}/g, (text, name: string) => {
    if (!Object.hasOwn(values, name)) throw new Error(`no value for ${text}`);
    return values[name]!;
  });
}
