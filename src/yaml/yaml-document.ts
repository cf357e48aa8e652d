/** Parses YAML, and finds what is wrong with a document besides what the parser finds. */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  type LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
} from 'yaml';

/** Something wrong, and where it is in the text. */
export interface Fault {
  /** Of the diagnostic. */
  id: string;
  message: string;
  help?: string;
  range: [number, number];
}

export interface ParsedYaml {
  document: Document.Parsed;
  /** What keeps the document from having a value. */
  fatal: Fault[];
  /** What can be reported together with other faults of the value: repeated fields and the like. */
  others: Fault[];
}

/** Longer texts, once quoted, would not fit into a command line, and nobody reads them in such a file. */
const longestText = 30_000;

/** Nobody nests by hand as deeply as this, and the parser could still do several times as much. */
const maximumDepth = 500;

/**
 * Whether a text must not be given to the parser. Looks only at brackets and dashes, whatever they mean:
 * the parser calls itself for each of them, and Node ends the whole process when a pattern is first
 * compiled where little is left of the stack.
 */
export function nestsTooDeeply(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[{\]}]/g)) {
    depth = bracket === '[' || bracket === '{' ? depth + 1 : Math.max(0, depth - 1);
    if (depth > maximumDepth) return true;
  }
  return new RegExp(`(?:[-?:][ \\t]+){${maximumDepth}}`).test(text);
}

/** Undefined where lists and maps are nested too deeply. */
export function parseText(text: string, lineCounter?: LineCounter): ParsedYaml | undefined {
  if (nestsTooDeeply(text)) return undefined;
  let document: Document.Parsed;
  try {
    // Repeated fields are found below: the parser compares every two of a map.
    const options = { lineCounter, prettyErrors: false, uniqueKeys: false } as const;
    document = parseDocument(text, { ...options, resolveKnownTags: false });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  const complaints = [...document.errors, ...document.warnings];
  if (complaints.some(({ message }) => message.startsWith('Maximum call stack'))) return undefined;
  const parsed: ParsedYaml = { document, fatal: complaints.map(syntaxFault), others: [] };
  if (document.contents) new Inspection(document, parsed).look(document.contents);
  return parsed;
}

/** The parser's own message, in plain words where its own require knowledge of the grammar. */
function syntaxFault({
  code,
  message,
  pos: [start, end],
}: Document.Parsed['errors'][number]): Fault {
  if (code === 'MULTIPLE_DOCS') {
    return {
      id: 'yaml.several-documents',
      message: 'the file contains several YAML documents',
      help: 'keep one document per file',
      range: [start, start + 3],
    };
  }
  const tag = /^Unresolved tag: (\S+)/.exec(message)?.[1]?.replace('tag:yaml.org,2002:', '!!');
  if (tag) {
    return {
      id: 'yaml.unknown-tag',
      message: `the tag ${tag} has no meaning here`,
      help: 'write the value without it, in quotes if it starts with !',
      range: [start, end],
    };
  }
  const unclosed = /^Flow .* end with a (\S)/.exec(message)?.[1];
  const words = unclosed
    ? `an earlier ${unclosed === ']' ? '[' : '{'} is not closed by ${unclosed}`
    : message
        .replace(/\.$/, '')
        .replace(/^Missing closing (\S)quote/, 'an earlier $1 is not closed');
  return { id: 'yaml.syntax', message: `not valid YAML: ${words}`, range: [start, end] };
}

/** Looks at every value and every field's name of a document. */
class Inspection {
  constructor(
    private readonly document: Document.Parsed,
    private readonly found: ParsedYaml,
  ) {}

  look(node: ParsedNode | Node | null): void {
    if (isAlias(node)) {
      if (node.resolve(this.document)) return;
      this.fault(
        'fatal',
        'yaml.unknown-alias',
        node,
        `'*${node.source}' is an alias, but no '&${node.source}' comes before it`,
        { help: 'put words that start with * in quotes' },
      );
    } else if (isScalar(node)) {
      if (typeof node.value === 'string') this.text(node, node.value);
    } else if (isMap(node)) {
      const names = new Set<string>();
      for (const { key, value } of node.items) {
        this.name(key, names);
        this.look(value as Node | null);
      }
    } else if (isCollection(node)) {
      for (const item of node.items) this.look((isPair(item) ? item.value : item) as Node | null);
    }
  }

  /** A field's name, which has to be text and unique in its map. */
  private name(key: unknown, names: Set<string>): void {
    if (!isScalar(key)) {
      if (isAlias(key) || isCollection(key)) {
        this.fault('fatal', 'yaml.bad-field-name', key, 'the name of a field has to be text');
      }
      return;
    }
    const name = String(key.value ?? '');
    this.text(key, name);
    if (names.has(name)) {
      this.fault('others', 'yaml.repeated-field', key, `the field '${name}' is given twice`, {
        help: 'keep one of them',
      });
    } else if (name === '__proto__') {
      // In JavaScript it is not a field like others.
      this.fault('others', 'yaml.bad-field-name', key, `a field cannot be called '${name}'`);
    }
    names.add(name);
  }

  private text(node: Node, text: string): void {
    if (text.length > longestText) {
      this.fault(
        'fatal',
        'yaml.text-too-long',
        node,
        `this text has ${text.length} characters; at most ${longestText} are allowed`,
        { help: 'move it into a file of its own' },
      );
    }
    const character = unwritable.exec(text)?.[0];
    if (character === undefined) return;
    const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    const message = `this text contains the character U+${code}, which cannot be shown`;
    this.fault('fatal', 'yaml.control-character', node, message, {
      help: 'remove it; a script can print one, e.g. with printf',
    });
  }

  private fault(
    kind: 'fatal' | 'others',
    id: string,
    node: Node,
    message: string,
    more: { help?: string } = {},
  ) {
    const [start, end] = node.range ?? [0, 0];
    this.found[kind].push({ id, message, ...more, range: [start, end] });
  }
}

/**
 * Control characters other than line ends and tabs, which could reach a terminal or end a command's
 * word; halves of characters; and characters that change the direction of the text around them.
 */
const unwritable = /(?![\t\n\r])\p{Cc}|\p{Cs}|[\u202a-\u202e\u2066-\u2069]/u;
