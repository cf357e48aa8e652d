/** Finds where the values of a YAML document are in its text. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
} from 'yaml';
import type { Span } from '../util/diagnostic.js';
import { shortened } from '../util/format.js';

/** Longer lines are not worth showing. */
const maximumLineText = 240;

export type YamlPath = readonly (string | number)[];

export class Spans {
  readonly #file: string;
  readonly #text: string;
  readonly #document: Document;
  readonly #lineCounter: LineCounter;
  #lines: string[] | undefined;

  constructor(file: string, text: string, document: Document, lineCounter: LineCounter) {
    this.#file = file;
    this.#text = text;
    this.#document = document;
    this.#lineCounter = lineCounter;
  }

  /** The span of a piece of the text, from one offset to another. */
  at(start: number, end: number, field?: string): Span {
    const { line, col } = this.#lineCounter.linePos(start);
    this.#lines ??= this.#text.split(/\r?\n/);
    const lineText = this.#lines[line - 1] ?? '';
    return {
      file: this.#file,
      line,
      column: col,
      // Control characters in a file must not reach the terminal.
      ...(lineText.length <= maximumLineText && {
        lineText: lineText.replace(/[^\P{Cc}\t]/gu, '\uFFFD'),
      }),
      length: Math.max(1, Math.min(end - start, lineText.length - col + 1)),
      ...(field && { field }),
    };
  }

  /** The span of the value or the name at a path, or of its nearest parent that exists. */
  of(path: YamlPath, of: 'value' | 'key'): Span {
    const range = rangeOf(this.#document, path, of);
    const field = fieldName(path);
    return range
      ? this.at(range[0], range[1], field)
      : { file: this.#file, ...(field && { field }) };
  }

  /** The span of the words in a text; the span of the text when they are not found. */
  ofWords(path: YamlPath, words: string, occurrence: number): Span {
    const node = this.#document.getIn(path, true);
    const range = isNode(node) ? node.range : undefined;
    if (!range) return this.of(path, 'value');
    // Block scalars keep their lines as they are, so counting occurrences finds the right one.
    let start = range[0] - 1;
    for (let count = 0; count <= occurrence; count++) {
      start = this.#text.indexOf(words, start + 1);
      if (start < 0 || start >= range[1]) return this.at(range[0], range[1], fieldName(path));
    }
    return this.at(start, start + words.length, fieldName(path));
  }
}

/** `files[0].from`; empty for the whole document. */
export function fieldName(path: YamlPath): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${shortened(part)}`,
    )
    .join('');
}

/** Start and end offset of what is at `path`, or of the nearest parent's name. */
function rangeOf(
  document: Document,
  path: YamlPath,
  of: 'value' | 'key',
): [number, number] | undefined {
  let node: unknown = document.contents;
  // What to point at when the walk ends early. A whole map is not worth pointing at.
  let best = isMap(node) ? undefined : offsets(node);
  for (const [index, part] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    let key: unknown;
    if (isMap(node)) {
      const pair = node.items.find(
        (each) => isScalar(each.key) && `${each.key.value}` === `${part}`,
      );
      if (!pair) return best;
      key = pair.key;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
    } else {
      return best;
    }
    const keyRange = offsets(key);
    const valueRange = offsets(node);
    const last = index === path.length - 1;
    // A block value starts on the line after its name, where a caret says little: point at the name.
    const block =
      isNode(node) && !isScalar(node) && !isAlias(node) && !(node as { flow?: boolean }).flow;
    best =
      (of === 'key' && last) || !valueRange || (block && keyRange) || !last
        ? (keyRange ?? valueRange ?? best)
        : valueRange;
  }
  return best;
}

function offsets(node: unknown): [number, number] | undefined {
  const range = isNode(node) ? (node as Node).range : undefined;
  // An empty value has an offset but no width.
  return range && range[1] > range[0] ? [range[0], range[1]] : undefined;
}
